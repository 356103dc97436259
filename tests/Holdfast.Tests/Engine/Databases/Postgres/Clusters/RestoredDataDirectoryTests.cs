using System.Globalization;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Databases.Postgres.Clusters;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Postgres.Clusters;

public sealed class RestoredDataDirectoryTests(SharedPostgresCluster shared) : IDisposable
{
    private readonly TempDirectory _temp = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => _temp["folder", "data"];

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task What_is_not_as_the_server_sent_it_is_found()
    {
        var options = await CopyAsync();
        Assert.Empty(await RestoredDataDirectory.VerifyAsync(options, TimeProvider.System, Token));

        await File.AppendAllTextAsync(Path.Combine(Data, "global", "pg_filenode.map"), "x", Token);
        Assert.Contains("pg_filenode.map", Assert.Single(await RestoredDataDirectory.VerifyAsync(options, TimeProvider.System, Token)), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(Data, "PG_VERSION"), "14\n", Token);
        Assert.Contains("PostgreSQL 14", Assert.Single(await RestoredDataDirectory.VerifyAsync(options, TimeProvider.System, Token)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_lets_nobody_in_is_not_waited_for()
    {
        var options = await CopyAsync();
        Assert.Empty(await RestoredDataDirectory.VerifyAsync(options, TimeProvider.System, Token));
        var directory = await RestoredDataDirectory.PrepareAsync(options, "somebody_unknown", TimeProvider.System, Token);

        var failure = await Assert.ThrowsAsync<HoldfastException>(
            () => ScratchCluster.StartAsync(directory, options, TimeProvider.System, Token).WaitAsync(Conditions.Deadline, Token));

        Assert.Contains("somebody_unknown", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Data, "postmaster.pid")) && Directory.Exists("/proc/" + (await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid"), Token))[0]));
    }

    private async Task<ScratchClusterOptions> CopyAsync()
    {
        var cluster = await shared.GetAsync();
        File.SetUnixFileMode(_temp, (UnixFileMode)0x1C9);
        Directory.CreateDirectory(_temp["folder"]);
        File.SetUnixFileMode(_temp["folder"], (UnixFileMode)0x1C0);
        (await RunningProcess.RunAsync(
            PostgresInstallation.Require("pg_basebackup"),
            ["-h", cluster.SocketDirectory, "-p", cluster.Port.ToString(CultureInfo.InvariantCulture), "-U", PostgresCluster.Superuser, "-D", Data, "-X", "stream", "-c", "fast", "--no-sync"])).Expect(0);
        return new ScratchClusterOptions
        {
            Major = PostgresInstallation.Major,
            Tools = PostgresTools.OfSystem(TimeProvider.System),
            Account = ClusterAccount.Find(),
            Folder = FilePath.From(_temp["folder"]),
            Log = FilePath.From(_temp["log"]),
        };
    }
}
