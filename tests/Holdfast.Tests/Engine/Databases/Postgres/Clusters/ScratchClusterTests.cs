using System.Globalization;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Databases.Postgres.Clusters;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Postgres.Clusters;

public sealed class ScratchClusterTests : IDisposable
{
    /// <summary>A variable of every process of tests.</summary>
    private const string Known = "HOME";

    private readonly TempDirectory _temp = new();

    public ScratchClusterTests()
    {
        PostgresInstallation.Require("initdb");
        File.SetUnixFileMode(_temp, (UnixFileMode)0x1C9);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task A_cluster_is_reached_by_its_private_socket_only_and_nothing_of_it_runs_on()
    {
        var cluster = await StartAsync("folder");
        var server = int.Parse((await File.ReadAllLinesAsync(_temp["folder", "data", "postmaster.pid"], Token))[0], CultureInfo.InvariantCulture);
        await using (cluster)
        {
            var maintenance = await PostgresMaintenance.OpenAsync(cluster.Server, Token);
            await using (maintenance)
            {
                Assert.Equal(PostgresInstallation.Major, maintenance.Version.Major);
                Assert.Equal(["", "0700"], await maintenance.QueryAsync(
                    "select setting from pg_settings where name in ('listen_addresses', 'unix_socket_permissions') order by name", row => row.GetString(0), Token));
                // What this process knows is not for what a dump may run.
                await maintenance.ExecuteAsync("create temp table variable (line text); copy variable from program 'env'", Token);
                var variables = await maintenance.QueryAsync("select line from variable", row => row.GetString(0), Token);
                Assert.Contains(variables, line => line.StartsWith(ProcessMark.Variable + "=", StringComparison.Ordinal));
                Assert.DoesNotContain(variables, line => line.StartsWith(Known + "=", StringComparison.Ordinal));
            }

            Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(_temp["folder"]));
            var uid = (await File.ReadAllLinesAsync($"/proc/{server}/status", Token)).Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
            Assert.NotEqual("0", uid);
        }

        Assert.Null(ProcessTable.Find(server));
        Assert.False(File.Exists(_temp["folder", ".s.PGSQL.5432"]));
    }

    [Fact]
    public async Task A_folder_that_is_too_deep_for_a_socket_gets_it_elsewhere()
    {
        var deep = string.Join('/', Enumerable.Repeat("a-folder-with-a-long-name", 5));
        var cluster = await StartAsync(deep);
        var sockets = cluster.Server.Host;
        await using (cluster)
        {
            Assert.False(FilePath.From(sockets).IsUnder(FilePath.From(_temp)));
            Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(sockets));
        }

        Assert.False(Directory.Exists(sockets));
    }

    [Fact]
    public async Task A_version_that_is_not_installed_is_named()
    {
        var failure = await Assert.ThrowsAsync<HoldfastException>(() => StartAsync("folder", major: 39));
        Assert.Equal(FailureKind.NotFound, failure.Kind);
        Assert.Contains("PostgreSQL 39", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_account_that_is_not_root_does_not_get_into_what_is_private()
    {
        RealComponent.RequireRoot("have folders that another account cannot enter");
        var account = ClusterAccount.Find();
        Directory.CreateDirectory(_temp["open", "below"]);
        Assert.True(account.CanEnter(FilePath.From(_temp["open", "below"])));
        File.SetUnixFileMode(_temp["open"], (UnixFileMode)0x1C0);
        Assert.False(account.CanEnter(FilePath.From(_temp["open", "below"])));
        Assert.False(account.CanEnter(FilePath.From(_temp["missing"])));
    }

    private Task<ScratchCluster> StartAsync(string folder, int major = PostgresInstallation.Major)
    {
        Directory.CreateDirectory(_temp[folder]);
        File.SetUnixFileMode(_temp[folder], (UnixFileMode)0x1C0);
        var options = new ScratchClusterOptions
        {
            Major = major,
            Tools = PostgresTools.OfSystem(TimeProvider.System),
            Account = ClusterAccount.Find(),
            Folder = FilePath.From(_temp[folder]),
            Log = FilePath.From(_temp["log"]),
        };
        return ScratchCluster.StartAsync(options, TimeProvider.System, Token);
    }
}
