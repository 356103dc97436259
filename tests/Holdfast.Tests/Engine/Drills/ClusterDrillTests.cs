using System.Globalization;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Holdfast.Tests.Engine.Backups;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

/// <summary>Drills of base backups of real clusters.</summary>
public sealed class ClusterDrillTests : IAsyncLifetime
{
    private const int PageSize = 8192;

    private readonly TempDirectory _temp = new();
    private ClusterScene _scene = null!;
    private LocalState _state = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _scene = await ClusterScene.CreateAsync();
        _state = LocalState.Open(FilePath.From(_temp["state"]));
        Directory.CreateDirectory(_temp["scratch"]);
        File.SetUnixFileMode(_temp, (UnixFileMode)0x1C9);
    }

    public ValueTask DisposeAsync()
    {
        _state.Dispose();
        _scene.Dispose();
        _temp.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_cluster_with_tablespaces_and_checksums_is_proven()
    {
        await using var cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions
        {
            Checksums = true,
            // What would fail, or reach out, on any other machine.
            Settings = new Dictionary<string, string> { ["max_prepared_transactions"] = "5", ["archive_mode"] = "on", ["archive_command"] = "false" },
        });
        var space = await cluster.MakeFolderAsync("space");
        await cluster.QueryAsync("postgres", $"create tablespace fast location '{space}'");
        await cluster.QueryAsync("postgres", "alter system set primary_conninfo = 'host=nowhere'; alter system set shared_preload_libraries = 'not_there'");
        var name = await cluster.NewDatabaseAsync(RichDatabase.Script);
        await cluster.QueryAsync(name, """
            create table far tablespace fast as select n, md5(n::text) from generate_series(1, 5000) n; create index far_n on far (n) tablespace fast;
            create subscription nobody connection 'host=nowhere dbname=none' publication p with (connect = false); alter subscription nobody disable;
            begin; insert into far values (5001, 'prepared'); prepare transaction 'waits'
            """);
        var run = await SavedAsync(cluster, name, database => database with
        {
            ExpectTables = ["far", "crop.trees"],
            Assertions = ["select count(*) = 5000 from far", "select count(*) = 1 from pg_prepared_xacts", "select current_setting('archive_mode') = 'off'"],
        });

        var result = await run.ExecuteAsync(Token);

        Assert.DoesNotContain(result.Checks, check => !check.Passed);
        Assert.True(result.Proven);
        Assert.Equal((1, 0), (result.Databases, result.Notices.Count));
        Assert.Equal(
            ["pg_verifybackup", "recovery", "extensions", "expected_tables", "assertion", "assertion", "assertion", "indexes", "database", "amcheck", "checksums"],
            result.Checks.Where(check => check.Name is not ("snapshot" or "content" or "restore")).Select(check => check.Name));
        Assert.Empty(Directory.GetFileSystemEntries(_temp["scratch"]));
    }

    [Fact]
    public async Task A_standby_is_saved_and_its_copy_follows_nobody()
    {
        await using var primary = await PostgresCluster.StartAsync();
        var name = await primary.NewDatabaseAsync("create table t as select generate_series(1, 9) as id");
        await using var standby = await primary.StartStandbyAsync();
        var run = await SavedAsync(standby, name, database => database with { ExpectTables = ["t"], Assertions = ["select not pg_is_in_recovery()", "select count(*) = 9 from t"] });

        var result = await run.ExecuteAsync(Token);

        Assert.DoesNotContain(result.Checks, check => !check.Passed);
        Assert.True(result.Proven);
        Assert.Equal("1", await primary.QueryAsync("postgres", "select count(*) from pg_stat_replication"));
    }

    [Fact]
    public async Task A_page_that_is_damaged_is_found_without_checksums()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        var name = await cluster.NewDatabaseAsync("create table t as select n as id, md5(n::text) from generate_series(1, 5000) n; create index on t (id)");
        await DamageAsync(cluster, name, "t", page: 3);
        var run = await SavedAsync(cluster, name, database => database);

        var result = await run.ExecuteAsync(Token);

        Assert.False(result.Proven);
        Assert.Equal(["amcheck"], result.Checks.Where(check => !check.Passed).Select(check => check.Name));
    }

    [Fact]
    public async Task A_page_with_a_wrong_checksum_is_named_by_the_backup_which_is_kept_and_never_proven()
    {
        await using var cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Checksums = true });
        var name = await cluster.NewDatabaseAsync("create table t as select n as id, md5(n::text) from generate_series(1, 5000) n");
        var file = await DamageAsync(cluster, name, "t", page: 3);

        var saved = await _scene.BackupAsync(cluster, name);

        var damage = Assert.Single(saved.Databases).Damage;
        Assert.Contains(damage, why => why.Contains(file, StringComparison.Ordinal) && why.Contains("block 3", StringComparison.Ordinal));
        var result = await (await RunAsync(saved)).ExecuteAsync(Token);
        Assert.False(result.Proven);
        Assert.Equal(["restore", "snapshot", "amcheck", "checksums"], result.Checks.Where(check => !check.Passed).Select(check => check.Name));
    }

    [Fact]
    public async Task Without_programs_of_the_version_no_drill_is_made_and_nothing_is_remembered()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        var saved = await _scene.BackupAsync(cluster, "postgres");
        var run = await RunAsync(saved, new PostgresTools(["/nowhere/{0}"], TimeProvider.System));

        var failure = await Assert.ThrowsAsync<HoldfastException>(() => run.ExecuteAsync(Token));

        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"postgres of PostgreSQL {PostgresInstallation.Major}"), failure.Message, StringComparison.Ordinal);
        Assert.Null(new ProofStore(_state).Load(_scene.Backup.Repository.Config.Id, "here").LastDrilled);
        Assert.Empty(Directory.GetFileSystemEntries(_temp["scratch"]));
    }

    /// <summary>Breaks the tuples of a page, as a disk may do it.</summary>
    private static async Task<string> DamageAsync(PostgresCluster cluster, string database, string table, int page)
    {
        var file = await cluster.QueryAsync(database, $"select pg_relation_filepath('{table}')");
        await cluster.StopAsync();
        await using (var stream = File.OpenWrite(Path.Combine(cluster.DataDirectory, file)))
        {
            stream.Position = (page * PageSize) + (PageSize / 2);
            await stream.WriteAsync(Enumerable.Repeat((byte)0xA5, PageSize / 2).ToArray(), Token);
        }

        await cluster.StartAgainAsync();
        return file;
    }

    private async Task<DrillRun> SavedAsync(PostgresCluster cluster, string name, Func<ServedDatabase, ServedDatabase> change)
    {
        var saved = await _scene.BackupAsync(cluster, name, change);
        Assert.Empty(saved.Problems);
        return await RunAsync(saved);
    }

    private async Task<DrillRun> RunAsync(BackupResult saved, PostgresTools? tools = null)
    {
        var options = new DrillOptions
        {
            Snapshot = (await SnapshotFiles.LoadAllAsync(_scene.Backup.Repository, Token)).Readable.Single(snapshot => snapshot.Id == saved.SnapshotId),
            RepositoryLocation = "here",
            ScratchCandidates = [FilePath.From(_temp["scratch"])],
            Identity = BackupScene.Tester,
            Program = "test",
        };
        return new DrillRun(_scene.Backup.Repository, _state, options, TimeProvider.System, new OperationProgress()) { Tools = tools ?? PostgresTools.OfSystem(TimeProvider.System) };
    }
}
