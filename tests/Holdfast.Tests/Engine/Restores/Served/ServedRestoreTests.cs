using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Served;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Holdfast.Tests.Engine.Backups;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Served;

/// <summary>Databases of real servers, restored into real servers.</summary>
public sealed class ServedRestoreTests(SharedPostgresCluster shared)
{
    private const string Fill = "create table t as select generate_series(1, 100) as id; create view v as select count(*) as n from t";
    private const string Unfinished = "select count(*) from pg_database where datname like 'holdfast_new_%'";

    /// <summary>Making the index again sleeps, but only in a database that is not finished.</summary>
    private const string SlowToRestore = """
        create table t as select 1 as id;
        create function slow(int) returns int language sql immutable as
            'select case when current_database() like ''holdfast_new_%'' and pg_sleep(60) is not null then 1 else 2 end';
        create index slow_index on t (slow(id))
        """;

    private const string Sleeping = "select count(*) from pg_stat_activity where datname like 'holdfast_new_%' and wait_event = 'PgSleep'";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Into_a_new_database_comes_all_that_was_saved()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync(RichDatabase.Script);
        var before = await cluster.QueryAsync(name, RichDatabase.Description);
        var options = await SavedAsync(scene, cluster, name);

        var result = await ExecuteAsync(scene, options with { As = name + "_copy" });

        Assert.Equal((name + "_copy", null), (result.Database, result.Kept));
        Assert.Equal(before, await cluster.QueryAsync(name + "_copy", RichDatabase.Description));
        Assert.Equal("0", await cluster.QueryAsync("postgres", Unfinished));
    }

    [Fact]
    public async Task In_place_the_old_database_is_kept_under_another_name_and_rights_and_settings_stay()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync(Fill);
        var options = await SavedAsync(scene, cluster, name);
        await cluster.QueryAsync(name, $"""
            delete from t where id > 40;
            comment on database {name} is 'the orchard'; alter database {name} set search_path to '$user', public, "odd one"; alter database {name} set work_mem to '5MB';
            alter database {name} connection limit 17; revoke connect on database {name} from public; grant connect on database {name} to pg_monitor
            """);

        var result = await ExecuteAsync(scene, options);

        Assert.Equal("100", await cluster.QueryAsync(name, "select n from v"));
        Assert.Equal("40", await cluster.QueryAsync(result.Kept!, "select n from v"));
        const string Properties = """
            select shobj_description(d.oid, 'pg_database'), datconnlimit, datallowconn, (select string_agg(a::text, ',' order by a::text) from unnest(datacl) a), setconfig, datdba::regrole
            from pg_database d left join pg_db_role_setting on setdatabase = d.oid where datname =
            """;
        Assert.Equal(await cluster.QueryAsync("postgres", $"{Properties} '{result.Kept}'"), await cluster.QueryAsync("postgres", $"{Properties} '{name}'"));
        Assert.Contains("the orchard|17|t|", await cluster.QueryAsync("postgres", $"{Properties} '{name}'"), StringComparison.Ordinal);
        Assert.Equal("\"$user\", public, \"odd one\"", await cluster.QueryAsync(name, "show search_path"));
    }

    [Fact]
    public async Task Connections_are_shown_and_ended_only_with_consent()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync(Fill);
        var options = await SavedAsync(scene, cluster, name);
        await using var user = RunningProcess.Start(
            PostgresInstallation.Require("psql"), ["-X", "-q", "-A", "-t", name], new Dictionary<string, string?>(cluster.ClientVariables) { ["PGAPPNAME"] = "orchardd" }, "/");
        await user.TypeAsync("select 'here';\n");
        await user.WaitForLineAsync(line => line == "here");

        var plan = await Restore(scene, options).PlanAsync(Token);
        Assert.Equal("orchardd", Assert.Single(plan.Sessions).Program);
        Assert.True(plan.Replaces);
        var refused = await Assert.ThrowsAsync<HoldfastException>(() => ExecuteAsync(scene, options));
        Assert.Equal(FailureKind.Busy, refused.Kind);
        Assert.Contains("orchardd", refused.Message, StringComparison.Ordinal);
        await user.TypeAsync("select 'still here';\n");
        await user.WaitForLineAsync(line => line == "still here");
        Assert.Equal("t", await cluster.QueryAsync("postgres", $"select datallowconn from pg_database where datname = '{name}'"));
        Assert.Equal("0", await cluster.QueryAsync("postgres", Unfinished));

        var result = await ExecuteAsync(scene, options with { EndConnections = true, DropOld = true });
        Assert.Null(result.Kept);
        Assert.Equal("100", await cluster.QueryAsync(name, "select n from v"));
        Assert.Equal("1", await cluster.QueryAsync("postgres", $"select count(*) from pg_database where datname like '{name}%'"));
    }

    [Fact]
    public async Task An_application_that_connects_again_and_again_does_not_get_in_between()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync(Fill);
        var options = await SavedAsync(scene, cluster, name);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        // Without waiting between two: each sleeps on the server until it is ended.
        var stubborn = Enumerable.Range(0, 3).Select(_ => Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested) await cluster.RunAsync("psql", ["-X", "-q", "-c", "select pg_sleep(0.2)", name]);
            },
            Token)).ToList();

        var result = await ExecuteAsync(scene, options with { EndConnections = true });
        await stop.CancelAsync();
        await Task.WhenAll(stubborn);

        Assert.Equal("100", await cluster.QueryAsync(name, "select n from v"));
        Assert.Equal("100", await cluster.QueryAsync(result.Kept!, "select n from v"));
    }

    [Fact]
    public async Task A_cancelled_restore_leaves_no_database_behind()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync(SlowToRestore);
        var options = await SavedAsync(scene, cluster, name);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var running = Restore(scene, options with { As = name + "_copy" }).ExecuteAsync(cancel.Token);
        await Conditions.Eventually(
            "the restore sleeps on the server",
            async () => await cluster.QueryAsync("postgres", Sleeping) == "1");
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Conditions.Deadline, Token));
        Assert.Equal("0", await cluster.QueryAsync("postgres", Unfinished));
        Assert.Equal("0", await cluster.QueryAsync("postgres", $"select count(*) from pg_database where datname = '{name}_copy'"));
    }

    [Fact]
    public async Task A_server_that_stops_in_the_middle_is_told_and_what_it_kept_is_dropped_by_the_next_restore()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var options = await SavedAsync(scene, cluster, await cluster.NewDatabaseAsync(SlowToRestore));
        var plain = await SavedAsync(scene, cluster, await cluster.NewDatabaseAsync(Fill));
        await using var other = await PostgresCluster.StartAsync();
        var there = PostgresAddress.Parse(other.ConnectionString());

        var running = Restore(scene, options with { Server = there, As = "copy" }).ExecuteAsync(Token);
        await Conditions.Eventually("the restore sleeps on the server", async () => await other.QueryAsync("postgres", Sleeping) == "1");
        await other.StopAsync();
        var failure = await Assert.ThrowsAsync<HoldfastException>(() => running.WaitAsync(Conditions.Deadline, Token));
        await other.StartAgainAsync();

        Assert.Contains("pg_restore", failure.Message, StringComparison.Ordinal);
        Assert.Equal("1", await other.QueryAsync("postgres", Unfinished));
        await ExecuteAsync(scene, plain with { Server = there, As = "copy" });
        Assert.Equal("0", await other.QueryAsync("postgres", Unfinished));
    }

    [Fact]
    public async Task What_does_not_hold_its_promises_replaces_nothing()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync(Fill);
        var options = await SavedAsync(scene, cluster, name, expect: ["t", "lost"], assertions: ["select count(*) = 100 from t", "select false"]);

        var failure = await Assert.ThrowsAsync<HoldfastException>(() => ExecuteAsync(scene, options));

        Assert.Contains("the table lost is missing", failure.Message, StringComparison.Ordinal);
        Assert.Contains("select false: it gave", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("= 100", failure.Message, StringComparison.Ordinal);
        Assert.Equal("1", await cluster.QueryAsync("postgres", $"select count(*) from pg_database where datname like '{name}%'"));
        Assert.Equal("0", await cluster.QueryAsync("postgres", Unfinished));
    }

    [Fact]
    public async Task A_server_without_the_roles_and_one_that_is_a_standby_are_told_and_a_role_can_take_it_all()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync(RichDatabase.Script);
        var options = await SavedAsync(scene, cluster, name);
        await using var other = await PostgresCluster.StartAsync();
        var there = options with { Server = PostgresAddress.Parse(other.ConnectionString()), As = "copy" };

        var lacking = await Assert.ThrowsAsync<HoldfastException>(() => ExecuteAsync(scene, there));
        Assert.Contains("orchard_owner", lacking.Message, StringComparison.Ordinal);
        Assert.Contains("globals.sql", lacking.Hint, StringComparison.Ordinal);
        Assert.Equal("0", await other.QueryAsync("postgres", Unfinished));
        await other.QueryAsync("postgres", "create role orchard_reader");
        await ExecuteAsync(scene, there with { Load = new PostgresLoadOptions { Owner = "postgres", WithoutPrivileges = true } });
        Assert.Equal("postgres|1000", await other.QueryAsync("copy", "select relowner::regrole, (select count(*) from crop.trees) from pg_class where oid = 'crop.trees'::regclass"));

        await using var standby = await other.StartStandbyAsync();
        var refused = await Assert.ThrowsAsync<HoldfastException>(() => ExecuteAsync(scene, there with { Server = PostgresAddress.Parse(standby.ConnectionString()) }));
        Assert.Equal(FailureKind.Refused, refused.Kind);
    }

    [Fact]
    public async Task An_extension_that_the_server_lacks_is_named_before_anything_is_made()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        string name;
        ServedRestoreOptions options;
        string lacking;
        using (var extension = PassingExtension.Install())
        {
            lacking = extension.Name;
            name = await cluster.NewDatabaseAsync($"create extension {extension.Name}; create table t as select seven() as id");
            options = await SavedAsync(scene, cluster, name);
        }

        var plan = await Restore(scene, options with { As = name + "_copy" }).PlanAsync(Token);

        Assert.Contains(lacking, Assert.Single(plan.Obstacles), StringComparison.Ordinal);
        await Assert.ThrowsAsync<HoldfastException>(() => ExecuteAsync(scene, options with { As = name + "_copy" }));
        Assert.Equal("0", await cluster.QueryAsync("postgres", Unfinished));
    }

    [Fact]
    public async Task One_schema_or_table_comes_alone_and_never_in_the_place_of_the_whole()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync("create schema s; create table s.a as select 1 as id; create table b as select 2 as id; create table c as select 3 as id");
        var options = await SavedAsync(scene, cluster, name);

        await ExecuteAsync(scene, options with { As = name + "_s", Load = new PostgresLoadOptions { Schemas = ["s"] } });
        await ExecuteAsync(scene, options with { As = name + "_b", Load = new PostgresLoadOptions { Tables = ["b"] } });
        const string Tables = "select string_agg(relname, ',' order by relname) from pg_class where relkind = 'r' and relnamespace::regnamespace::text in ('s', 'public')";
        Assert.Equal("a", await cluster.QueryAsync(name + "_s", Tables));
        Assert.Equal("b", await cluster.QueryAsync(name + "_b", Tables));
        var refused = await Assert.ThrowsAsync<HoldfastException>(() => ExecuteAsync(scene, options with { Load = new PostgresLoadOptions { Tables = ["b"] } }));
        Assert.Contains("new database only", refused.Message, StringComparison.Ordinal);
        var taken = await Assert.ThrowsAsync<HoldfastException>(() => ExecuteAsync(scene, options with { As = name + "_b" }));
        Assert.Contains("already", taken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_restore_left_is_dropped_by_the_next_and_what_one_is_at_is_not()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync(Fill);
        var options = await SavedAsync(scene, cluster, name);
        var server = await PostgresServer.ResolveAsync(options.Server, TimeProvider.System, Token);
        var (left, busy) = (PostgresMaintenance.NewName(), PostgresMaintenance.NewName());
        await using (var killed = await PostgresMaintenance.OpenAsync(server, Token)) await killed.CreateUnfinishedAsync(left, null, null, null, null, Token);
        await using var running = await PostgresMaintenance.OpenAsync(server, Token);
        await running.CreateUnfinishedAsync(busy, "nobody_of_that_name", "UTF8", "C", "C", Token);

        var result = await ExecuteAsync(scene, options with { As = name + "_copy" });

        Assert.Contains(result.Notices, notice => notice.Contains(left, StringComparison.Ordinal));
        Assert.Equal(busy, await cluster.QueryAsync("postgres", "select datname from pg_database where datname like 'holdfast_new_%'"));
        await running.DropAsync(busy, Token);
    }

    private static ServedRestore Restore(BackupScene scene, ServedRestoreOptions options) => new(scene.Repository, options, TimeProvider.System, new OperationProgress());

    private static Task<ServedRestoreResult> ExecuteAsync(BackupScene scene, ServedRestoreOptions options) => Restore(scene, options).ExecuteAsync(Token).WaitAsync(Conditions.Deadline, Token);

    private static async Task<BackupScene> SceneAsync()
    {
        var scene = await BackupScene.CreateAsync();
        scene.Clock = TimeProvider.System;
        scene.Write("holdfast.yaml", "application: orchard\n");
        return scene;
    }

    private static async Task<ServedRestoreOptions> SavedAsync(
        BackupScene scene, PostgresCluster cluster, string database, IReadOnlyList<string>? expect = null, IReadOnlyList<string>? assertions = null)
    {
        var address = PostgresAddress.Parse(cluster.ConnectionString(database));
        var result = await scene.BackupAsync(BackupScene.Options(scene.At("holdfast.yaml")) with
        {
            Manifest = scene.At("holdfast.yaml"),
            ServedDatabases = [new ServedDatabase("main", address, expect ?? [], assertions ?? [])],
        });
        Assert.Empty(result.Problems);
        var stored = (await SnapshotFiles.LoadAllAsync(scene.Repository, Token)).Readable.Single(snapshot => snapshot.Id == result.SnapshotId);
        return new ServedRestoreOptions { Snapshot = stored, Name = "main", Server = address, Identity = BackupScene.Tester };
    }
}
