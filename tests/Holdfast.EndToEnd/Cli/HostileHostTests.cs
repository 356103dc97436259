using Holdfast.Testing;
using Holdfast.Testing.Swift;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>The three recipes of the guide against a host that is taken over: what it saved before is out of its reach.</summary>
public sealed class HostileHostTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private string App => _temp["app"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task A_server_that_only_adds_is_written_to_by_the_host_and_tidied_on_the_server()
    {
        await using var rclone = await RcloneServer.StartAsync(new RcloneOptions { AppendOnly = true });
        using var host = Program(rclone.Repository("orchard"));
        using var server = Program(Path.Combine(rclone.Folder, "orchard"));
        await NewRepository.InitializeAsync(rclone.Repository("orchard"), host);
        await BackUpTwiceAsync(host);

        Assert.Equal(1, (await host.TryRunAsync("forget", "--keep-last", "1", "--yes")).ExitCode);
        Expect(1, "where it allows more", await host.TryRunAsync("forget", await LatestAsync(server), "--force", "--yes"));

        Assert.Equal(2, await CountAsync(server));
        Assert.Empty(Directory.GetFiles(Path.Combine(rclone.Folder, "orchard", "locks")));
        await TidyUpAsync(server);
        await ExpectOfUseAsync(host, server);
    }

    [Fact]
    public async Task A_key_that_cannot_delete_is_written_with_by_the_host_and_another_key_tidies_up_elsewhere()
    {
        await using var swift = await SwiftServer.StartAsync();
        var address = $"s3:{swift.Endpoint}{SwiftServer.NewBucket()}/orchard";
        using var host = Program(address, SwiftServer.Appender);
        using var elsewhere = Program(address, SwiftServer.Full);
        await NewRepository.InitializeAsync(address, host);
        await BackUpTwiceAsync(host);

        // Its own locks stay, which keep it from trying; without them the storage refuses.
        Expect(1, "prune with another key", await host.TryRunAsync("unlock", "--remove-all"));
        Expect(11, "so the lock is stale", await host.TryRunAsync("forget", "--keep-last", "1", "--yes"));
        Expect(11, "so the lock is stale", await host.TryRunAsync("prune"));
        Assert.Equal(2, await CountAsync(elsewhere));

        (await elsewhere.TryRunAsync("unlock")).Expect(0);
        var refused = await host.TryRunAsync("forget", await LatestAsync(elsewhere), "--force", "--yes");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("prune with another key", refused.Error, StringComparison.Ordinal);
        Assert.Equal(2, await CountAsync(elsewhere));
        (await elsewhere.TryRunAsync("unlock")).Expect(0);
        await TidyUpAsync(elsewhere);
        await ExpectOfUseAsync(host, elsewhere);
    }

    [Fact]
    public async Task A_second_machine_pulls_what_the_host_cannot_reach()
    {
        // A server that lets nothing be changed: the pulling machine needs no right to.
        await using var ssh = await SshServer.StartAsync("internal-sftp -R");
        var folder = Path.Combine(ssh.Folder, "orchard");
        using var host = Program(folder);
        using var pulled = Program(_temp["pulled"]);
        pulled.With("HOLDFAST_PASSPHRASE", "of the second machine");
        using var puller = Program($"sftp:{ssh.Host}:{folder}").With("HOLDFAST_SFTP_ARGS", string.Join(' ', ssh.ClientArguments));
        await NewRepository.InitializeAsync(folder, host);
        await NewRepository.InitializeAsync(_temp["pulled"], pulled);
        var key = _temp.WriteFile("pulled.key", "of the second machine");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[] pull = ["copy", "--to", _temp["pulled"], "--to-passphrase-file", key, "--no-lock"];
        await BackUpTwiceAsync(host);

        (await puller.TryRunAsync(pull)).Expect(0);
        (await puller.TryRunAsync(pull)).Expect(0);
        Assert.Equal(2, await CountAsync(pulled));

        // The host is lost with all that it can reach.
        foreach (var snapshot in Directory.GetFiles(Path.Combine(folder, "snapshots"))) File.Delete(snapshot);
        (await puller.TryRunAsync(pull)).Expect(0);
        Directory.Delete(folder, recursive: true);
        Assert.NotEqual(0, (await puller.TryRunAsync(pull)).ExitCode);

        Assert.Equal(2, await CountAsync(pulled));
        (await pulled.TryRunAsync("check", "--read-data")).Expect(0);
        await ExpectRestoresAsync(pulled, "two");
    }

    private static void Expect(int exitCode, string said, ProgramResult run)
    {
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    private HoldfastProgram Program(string address, SwiftUser? user = null)
    {
        var program = new HoldfastProgram(address).With("HOLDFAST_CACHE", _temp["cache", Guid.NewGuid().ToString("n")]);
        return user is null ? program : program.With("AWS_ACCESS_KEY_ID", user.AccessKey).With("AWS_SECRET_ACCESS_KEY", user.SecretKey);
    }

    private async Task BackUpTwiceAsync(HoldfastProgram host)
    {
        foreach (var content in new[] { "one", "two" }) await BackUpAsync(host, content);
    }

    private async Task BackUpAsync(HoldfastProgram host, string content)
    {
        _temp.WriteFile("app/file", content);
        (await host.TryRunAsync("backup", App)).Expect(0);
    }

    private static async Task TidyUpAsync(HoldfastProgram place)
    {
        (await place.TryRunAsync("forget", "--keep-last", "1", "--accept-unproven", "--yes")).Expect(0);
        (await place.TryRunAsync("prune", "--max-unused", "0")).Expect(0);
        Assert.Equal(1, await CountAsync(place));
    }

    /// <summary>The host works on, with what the other place has left.</summary>
    private async Task ExpectOfUseAsync(HoldfastProgram host, HoldfastProgram place)
    {
        await ExpectRestoresAsync(host, "two");
        await BackUpAsync(host, "three");
        await ExpectRestoresAsync(host, "three");
        await place.TryRunAsync("unlock");
        (await place.TryRunAsync("check", "--read-data")).Expect(0);
    }

    private async Task ExpectRestoresAsync(HoldfastProgram program, string content)
    {
        var target = _temp[$"restored-{content}"];
        (await program.TryRunAsync("restore", "latest", "--target", target)).Expect(0);
        Assert.Equal(content, await File.ReadAllTextAsync(target + Path.Combine(App, "file"), Token));
        Directory.Delete(target, recursive: true);
    }

    private static async Task<int> CountAsync(HoldfastProgram program) => (await program.TryRunAsync("list", "--json")).Expect(0).Json().GetArrayLength();

    private static async Task<string> LatestAsync(HoldfastProgram program) =>
        (await program.TryRunAsync("list", "--json")).Expect(0).Json().EnumerateArray().Select(snapshot => snapshot.GetProperty("id").GetString()!).Last();
}
