using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>The program with repositories on real servers, from the first command to the last.</summary>
public sealed class FarRepositoryTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private string App => _temp["orchard"];

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("rest")]
    [InlineData("sftp")]
    [InlineData("s3")]
    public async Task Everything_works_with_a_repository_on_a_server(string kind)
    {
        await using var far = await FarRepository.StartAsync(kind);
        using var program = Program(far);
        WriteVersion(1);
        (await program.TryRunInAsync(App, "init", "--repository", far.Address)).Expect(0);
        Assert.Contains($"  remote:\n    {far.Address[..far.Address.IndexOf(':', StringComparison.Ordinal)]}: ", await File.ReadAllTextAsync(Path.Combine(App, "holdfast.yaml"), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        WriteVersion(2);
        var backup = await program.TryRunInAsync(App, "backup");
        // Snapshots and index were seen by the first run, and what it read and wrote is in the cache.
        Expect(backup, atMost: 60);
        Expect(await program.TryRunInAsync(App, "list"), atMost: 12);
        WriteVersion(3);
        var first = (await RunAsync(program, "list", "--json")).Json().EnumerateArray().Select(snapshot => snapshot.GetProperty("id").GetString()!).First();
        await RunAsync(program, "restore", first, "--yes");
        Assert.Equal(1, Version());
        await RunAsync(program, "rollback", "--yes");
        Assert.Equal(3, Version());
        await RunAsync(program, "check", "--read-data");
        await RunAsync(program, "drill");
        await RunAsync(program, "forget", "--keep-last", "1", "--yes");
        await RunAsync(program, "prune", "--max-unused", "0");
        await RunAsync(program, "check", "--read-data");
        await RunAsync(program, "restore", "latest", "--target", _temp["elsewhere"]);
        Assert.True(File.Exists(Path.Combine(_temp["elsewhere"] + App, "orchard.db")));
        Assert.DoesNotContain("secret word", await File.ReadAllTextAsync(Path.Combine(App, "holdfast.yaml"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("append-only")]
    [InlineData("s3-append-only")]
    public async Task With_a_storage_that_lets_nothing_be_removed_backups_work_and_forget_and_prune_say_where_they_belong(string kind)
    {
        await using var far = await FarRepository.StartAsync(kind);
        using var program = Program(far);
        WriteVersion(1);
        (await program.TryRunInAsync(App, "init", "--repository", far.Address)).Expect(0);
        WriteVersion(2);
        (await program.TryRunInAsync(App, "backup")).Expect(0);

        var forget = await program.TryRunInAsync(App, "forget", "--keep-last", "1", "--yes");
        var prune = await program.TryRunInAsync(App, "prune", "--max-unused", "0");

        // S3 without the right to delete keeps the locks, too, and these keep out whoever wants the repository for himself.
        var (code, said) = kind == "append-only" ? (1, "where it allows more") : (11, "that process is gone, so the lock is stale");
        Assert.Equal(code, forget.ExitCode);
        Assert.Contains(said, forget.Error, StringComparison.Ordinal);
        Assert.Equal(kind == "append-only" ? 0 : 11, prune.ExitCode);
        Assert.Contains(kind == "append-only" ? "there is nothing to do" : said, prune.Output + prune.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync(program, "list", "--json")).Json().GetArrayLength());
        await RunAsync(program, "restore", "latest", "--target", _temp["elsewhere"]);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_after_half_a_minute_at_the_latest_and_meanwhile()
    {
        using var program = new HoldfastProgram("rest:http://127.0.0.1:9/orchard").With("HOLDFAST_CACHE", _temp["cache"]);

        var list = await program.TryRunAsync("list");

        Assert.Equal(1, list.ExitCode);
        Assert.Contains("trying again in", list.Error, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", list.Error, StringComparison.Ordinal);
    }

    /// <summary>A run that has little to do asks little of the storage, and says how much.</summary>
    private static void Expect(ProgramResult run, int atMost)
    {
        run.Expect(0);
        Assert.True(Requests(run.Error) <= atMost, run.Error);
    }

    private static int Requests(string error) =>
        int.Parse(Regex.Match(error, "(?<count>[0-9]+) requests to the storage", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["count"].Value, CultureInfo.InvariantCulture);

    private HoldfastProgram Program(FarRepository far)
    {
        var program = new HoldfastProgram(passphrase: null).With("HOLDFAST_CACHE", _temp["cache"]);
        foreach (var (variable, value) in far.Variables) program.With(variable, value);
        return program;
    }

    private async Task<ProgramResult> RunAsync(HoldfastProgram program, params string[] arguments) => (await program.TryRunInAsync(App, arguments)).Expect(0);

    private void WriteVersion(int version)
    {
        Directory.CreateDirectory(App);
        using var connection = SqliteConnections.OpenOrCreate(Path.Combine(App, "orchard.db"));
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE IF NOT EXISTS v (n INTEGER); DELETE FROM v; INSERT INTO v VALUES ({version})"));
    }

    private int Version()
    {
        using var connection = SqliteConnections.Open(Path.Combine(App, "orchard.db"));
        return Convert.ToInt32(connection.Scalar("SELECT n FROM v"), CultureInfo.InvariantCulture);
    }
}
