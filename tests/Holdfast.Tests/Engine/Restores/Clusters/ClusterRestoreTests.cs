using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Clusters;
using Holdfast.Engine.Restores.Served;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Holdfast.Tests.Engine.Backups;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Clusters;

/// <summary>Base backups of real clusters, restored to data directories that real servers are started on.</summary>
public sealed class ClusterRestoreTests(SharedPostgresCluster shared) : IAsyncLifetime
{
    private readonly TempDirectory _temp = new();
    private ClusterScene _scene = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        PostgresInstallation.Require("postgres");
        File.SetUnixFileMode(_temp, (UnixFileMode)0x1C9);
        _scene = await ClusterScene.CreateAsync();
    }

    public ValueTask DisposeAsync()
    {
        _scene.Dispose();
        _temp.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_cluster_is_restored_with_its_tablespace_elsewhere_and_a_server_runs_on_it()
    {
        await using var cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Checksums = true });
        var space = await cluster.MakeFolderAsync("space");
        await cluster.QueryAsync("postgres", $"create tablespace fast location '{space}'");
        var name = await cluster.NewDatabaseAsync("create table far tablespace fast as select n, md5(n::text) as word from generate_series(1, 5000) n; create table near as select * from far");
        var sum = await cluster.QueryAsync(name, Sum);
        var saved = await _scene.BackupAsync(cluster, name);
        var options = await OptionsAsync(saved) with { Tablespaces = new Dictionary<string, FilePath> { [space] = FilePath.From(_temp["fast"]) } };

        var result = await Restore(options).ExecuteAsync(Token);

        Assert.Equal((null, 0), (result.Kept, result.Notices.Count));
        Assert.Equal(["data", "fast"], Directory.GetFileSystemEntries(_temp).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(_temp["data"]));
        (await PostgresInstallation.RunAsync(PostgresInstallation.Require("pg_verifybackup"), "--quiet", _temp["data"])).Expect(0);
        await cluster.StopAsync();
        await using var restored = await PostgresCluster.StartOnAsync(_temp["data"]);
        Assert.Equal(sum, await restored.QueryAsync(name, Sum));
        Assert.Equal(_temp["fast"], await restored.QueryAsync("postgres", "select pg_tablespace_location(oid) from pg_tablespace where spcname = 'fast'"));
    }

    [Fact]
    public async Task A_data_directory_that_is_there_is_kept_when_that_is_wanted_and_its_server_stopped()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        var name = await cluster.NewDatabaseAsync("create table t as select 1 as id");
        var options = await OptionsAsync(await _scene.BackupAsync(cluster, name)) with { Target = FilePath.From(cluster.DataDirectory), Replace = true };
        await cluster.QueryAsync(name, "drop table t");

        Assert.Contains("a server runs on", Assert.Single((await Restore(options).PlanAsync(Token)).Obstacles), StringComparison.Ordinal);
        await cluster.StopAsync();
        Assert.Contains("--replace", Assert.Single((await Restore(options with { Replace = false }).PlanAsync(Token)).Obstacles), StringComparison.Ordinal);
        var result = await Restore(options).ExecuteAsync(Token);

        Assert.Equal("15", (await File.ReadAllTextAsync(Path.Combine(result.Kept!.ToString(), "PG_VERSION"), Token)).Trim());
        await cluster.StartAgainAsync();
        Assert.Equal("1", await cluster.QueryAsync(name, "select count(*) from t"));
    }

    [Fact]
    public async Task What_is_in_the_way_is_told_before_anything_is_done()
    {
        var cluster = await shared.GetAsync();
        var name = await cluster.NewDatabaseAsync();
        var options = await OptionsAsync(await _scene.BackupAsync(cluster, name));
        _temp.WriteFile("data/mine", "x");

        var occupied = await Assert.ThrowsAsync<HoldfastException>(() => Restore(options with { Replace = true }).ExecuteAsync(Token));
        var homeless = await Restore(options with { Target = FilePath.From(_temp["no", "such"]) }).PlanAsync(Token);
        var mapped = await Restore(options with { Target = FilePath.From(_temp["new"]), Tablespaces = new Dictionary<string, FilePath> { ["/old"] = FilePath.From("/new") } }).PlanAsync(Token);
        var inside = await Assert.ThrowsAsync<HoldfastException>(() => Restore(options with { Forbidden = [FilePath.From(_temp)] }).PlanAsync(Token));

        Assert.Contains("is no data directory", occupied.Message, StringComparison.Ordinal);
        Assert.Contains("there is no folder", Assert.Single(homeless.Obstacles), StringComparison.Ordinal);
        Assert.Contains("\"/old\"", Assert.Single(mapped.Obstacles), StringComparison.Ordinal);
        Assert.Equal(FailureKind.Usage, inside.Kind);
        Assert.Equal("x", await File.ReadAllTextAsync(_temp["data", "mine"], Token));
        Assert.Equal(["data"], Directory.GetFileSystemEntries(_temp).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_cluster_is_started_and_asked_before_it_gets_its_name()
    {
        await using var cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Checksums = true });
        var space = await cluster.MakeFolderAsync("space");
        await cluster.QueryAsync("postgres", $"create tablespace fast location '{space}'; alter system set work_mem = '7MB'");
        var name = await cluster.NewDatabaseAsync("create table far tablespace fast as select n from generate_series(1, 5000) n");
        async Task<ClusterRestoreOptions> SavedAsync(string assertion) =>
            await OptionsAsync(await _scene.BackupAsync(cluster, name, database => database with { ExpectTables = ["far"], Assertions = [assertion] })) with
            {
                Tablespaces = new Dictionary<string, FilePath> { [space] = FilePath.From(_temp["fast"]) },
                Check = true,
            };

        var bad = await SavedAsync("select count(*) = 1 from far");
        var failure = await Assert.ThrowsAsync<HoldfastException>(() => Restore(bad).ExecuteAsync(Token));
        Assert.Contains("count(*) = 1", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_temp));
        await Restore(await SavedAsync("select count(*) = 5000 from far")).ExecuteAsync(Token);

        Assert.Equal(["data", "fast"], Directory.GetFileSystemEntries(_temp).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.False(File.Exists(Path.Combine(_temp["data"], "postmaster.pid")));
        await using var restored = await PostgresCluster.StartOnAsync(_temp["data"]);
        Assert.Equal("5000|7MB", await restored.QueryAsync(name, "select count(*), current_setting('work_mem') from far"));
    }

    [Fact]
    public async Task A_restore_that_is_cut_off_leaves_what_was_there_and_nothing_of_its_own()
    {
        var cluster = await shared.GetAsync();
        var options = await OptionsAsync(await _scene.BackupAsync(cluster, "postgres")) with { Replace = true };
        _temp.WriteFile("data/PG_VERSION", "15");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var reads = 0;
        _scene.Backup.Backend.Before = (act, file) =>
        {
            if (act == BackendAct.Read && file.Type == FileType.Pack && Interlocked.Increment(ref reads) == 3) stop.Cancel();
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Restore(options).ExecuteAsync(stop.Token));

        Assert.Equal(["data"], Directory.GetFileSystemEntries(_temp).Select(Path.GetFileName));
        Assert.Equal("PG_VERSION", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(_temp["data"]))));
    }

    [Fact]
    public async Task Another_version_is_refused_with_the_reason()
    {
        var cluster = await shared.GetAsync();
        var options = await OptionsAsync(await _scene.BackupAsync(cluster, "postgres"));

        var plan = await Restore(options, new PostgresTools(["/nowhere/{0}"], TimeProvider.System)).PlanAsync(Token);

        Assert.Contains("PostgreSQL 15, whose files no other version reads", Assert.Single(plan.Obstacles), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_standby_becomes_a_server_of_its_own()
    {
        await using var primary = await PostgresCluster.StartAsync();
        var name = await primary.NewDatabaseAsync("create table t as select 1 as id");
        await using var standby = await primary.StartStandbyAsync();

        var result = await Restore(await OptionsAsync(await _scene.BackupAsync(standby, name))).ExecuteAsync(Token);

        Assert.Contains(result.Notices, notice => notice.Contains("standby.signal", StringComparison.Ordinal));
        await using var restored = await PostgresCluster.StartOnAsync(_temp["data"]);
        Assert.Equal("f|1", await restored.QueryAsync(name, "select pg_is_in_recovery(), count(*) from t"));
    }

    [Fact]
    public async Task A_cluster_is_not_restored_as_a_dump_nor_a_dump_as_a_cluster()
    {
        var cluster = await shared.GetAsync();
        var name = await cluster.NewDatabaseAsync();
        var physical = await OptionsAsync(await _scene.BackupAsync(cluster, name));
        var logical = await OptionsAsync(await _scene.BackupAsync(cluster, name, database => database with { Form = Holdfast.Engine.Databases.ServedForm.Logical }));
        var served = new ServedRestoreOptions
        {
            Snapshot = physical.Snapshot,
            Server = Holdfast.Engine.Databases.PostgresAddress.Parse(cluster.ConnectionString(name)),
            Identity = BackupScene.Tester,
        };

        var asDump = await Assert.ThrowsAsync<HoldfastException>(() => new ServedRestore(_scene.Backup.Repository, served, TimeProvider.System, new OperationProgress()).PlanAsync(Token));
        var asCluster = await Assert.ThrowsAsync<HoldfastException>(() => Restore(logical).PlanAsync(Token));

        Assert.Contains("db restore-cluster", asDump.Hint, StringComparison.Ordinal);
        Assert.Contains("db restore", asCluster.Hint, StringComparison.Ordinal);
    }

    private const string Sum = "select md5(string_agg(f::text || n::text, ',' order by f.n)) from far f join near n using (n)";

    private ClusterRestore Restore(ClusterRestoreOptions options, PostgresTools? tools = null) =>
        new(_scene.Backup.Repository, options, TimeProvider.System, new OperationProgress()) { Tools = tools ?? PostgresTools.OfSystem(TimeProvider.System) };

    private async Task<ClusterRestoreOptions> OptionsAsync(BackupResult saved)
    {
        Assert.Empty(saved.Problems);
        return new ClusterRestoreOptions
        {
            Snapshot = (await SnapshotFiles.LoadAllAsync(_scene.Backup.Repository, Token)).Readable.Single(snapshot => snapshot.Id == saved.SnapshotId),
            Target = FilePath.From(_temp["data"]),
            Identity = BackupScene.Tester,
        };
    }
}
