using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases;
using Holdfast.Engine.Files;
using Holdfast.Engine.Secrets;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>Backups of real PostgreSQL databases.</summary>
public sealed class PostgresBackupTests(SharedPostgresCluster shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dump_restores_to_a_database_with_the_same_catalogs_and_rows()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync(RichDatabase.Script);
        var before = await cluster.QueryAsync(name, RichDatabase.Description);

        var saved = await scene.OpenAsync(await scene.BackupAsync(Options(scene, cluster, name)));

        var dump = await WriteAsync(scene, "database.dump", await saved.BytesAsync(Folder(scene).Combine("database.dump")));
        var copy = await cluster.NewDatabaseAsync();
        (await cluster.RunAsync("pg_restore", ["--exit-on-error", "-d", copy, dump])).Expect(0);
        Assert.Equal(before, await cluster.QueryAsync(copy, RichDatabase.Description));
        Assert.Contains("CREATE ROLE orchard_owner", await saved.TextAsync(Folder(scene).Combine("globals.sql")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_record_says_what_the_database_held()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync(RichDatabase.Script);

        var result = await scene.BackupAsync(Options(scene, cluster, name));

        Assert.Empty(result.Problems);
        var record = Assert.Single((await (await scene.OpenAsync(result)).RecordAsync()).Databases);
        Assert.Equal(("main", "postgres", Folder(scene).ToString()), (record.Name, record.Kind, record.Path));
        Assert.Equal([200L, 1000, 901, 365, 0, 1, 1, 1, 3], new[]
        {
            "users", "crop.trees", "crop.harvests", "crop.harvests_2025", "nothing", "cache", "parent", "child", "Odd \"name.Table with blanks",
        }.Select(table => record.Tables.GetValueOrDefault(table)));
        Assert.Equal(["t"], record.ExpectTables);
        var details = record.Postgres!;
        Assert.Equal((name, 15, 15, 2L, "postgres", "UTF8"), (details.Database, int.Parse(details.ServerVersion.Split('.')[0], System.Globalization.CultureInfo.InvariantCulture), details.DumpVersion, details.LargeObjects, details.Owner, details.Encoding));
        Assert.Equal(RichDatabase.Extensions.Append("plpgsql").Order(StringComparer.Ordinal), details.Extensions.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("logical", "database.dump", "globals.sql", true, false), (details.Method, details.Dump, details.Globals, details.RolePasswords, details.Standby));
        Assert.True(details.DumpBytes > 100_000 && details.Bytes > details.DumpBytes);
        Assert.NotNull(record.At);
    }

    [Fact]
    public async Task Rows_and_dump_are_of_one_state_although_the_database_changes()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync("create table a (n int); create table b (n int); insert into a values (0); insert into b values (0)");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writing = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested) await cluster.QueryAsync(name, "begin; insert into a values (1); insert into b values (1); commit");
            },
            Token);

        var saved = await scene.OpenAsync(await scene.BackupAsync(Options(scene, cluster, name)));
        await stop.CancelAsync();
        await writing;

        var tables = (await saved.RecordAsync()).Databases[0].Tables;
        Assert.Equal(tables["a"], tables["b"]);
        var copy = await cluster.NewDatabaseAsync();
        var dump = await WriteAsync(scene, "database.dump", await saved.BytesAsync(Folder(scene).Combine("database.dump")));
        (await cluster.RunAsync("pg_restore", ["--exit-on-error", "-d", copy, dump])).Expect(0);
        Assert.Equal($"{tables["a"]}|{tables["b"]}", await cluster.QueryAsync(copy, "select (select count(*) from a), (select count(*) from b)"));
    }

    [Fact]
    public async Task A_second_backup_of_a_database_of_which_little_changed_adds_little()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync("""
            create table log (id int primary key, body text); create table other (id int primary key, body text);
            insert into log select n, md5(n::text) || md5((n * 7)::text) from generate_series(1, 60000) n;
            insert into other select n, md5((n * 3)::text) || md5((n * 5)::text) from generate_series(1, 60000) n;
            """);
        var first = await scene.BackupAsync(Options(scene, cluster, name));
        var same = await scene.BackupAsync(Options(scene, cluster, name));
        await cluster.QueryAsync(name, "insert into log select n, md5(n::text) || md5((n * 7)::text) from generate_series(60001, 60600) n; delete from log where id between 30000 and 30600");
        var changed = await scene.BackupAsync(Options(scene, cluster, name));

        Assert.True(first.BytesAdded > 4_000_000, $"{first.BytesAdded}");
        Assert.True(same.BytesAdded < first.BytesAdded / 50, $"{same.BytesAdded} of {first.BytesAdded}");
        Assert.True(changed.BytesAdded < first.BytesAdded / 25, $"{changed.BytesAdded} of {first.BytesAdded}");
    }

    [Fact]
    public async Task A_role_that_may_only_read_saves_everything_but_the_passwords_of_roles()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        await cluster.QueryAsync("postgres", "create role reader login");
        var name = await cluster.NewDatabaseAsync("create table t as select 1 as id; grant select on t to reader");

        var result = await scene.BackupAsync(Options(scene, cluster, name) with
        {
            ServedDatabases = [new ServedDatabase("main", PostgresAddress.Parse(cluster.ConnectionString(name, "reader")), [], [])],
        });

        var details = (await (await scene.OpenAsync(result)).RecordAsync()).Databases[0].Postgres!;
        Assert.False(details.RolePasswords);
        Assert.Equal("globals.sql", details.Globals);
        Assert.Contains(result.Notices, notice => notice.Contains("without their passwords", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_database_that_cannot_be_saved_is_missed_and_the_rest_is_saved()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync("create table secret as select 1 as id");
        await cluster.QueryAsync("postgres", "create role reader_of_nothing login");

        var result = await scene.BackupAsync(Options(scene, cluster, name) with
        {
            ServedDatabases =
            [
                new ServedDatabase("hidden", PostgresAddress.Parse(cluster.ConnectionString(name, "reader_of_nothing")), [], []),
                new ServedDatabase("gone", PostgresAddress.Parse("host=/nonexistent dbname=a"), [], []),
                new ServedDatabase("main", PostgresAddress.Parse(cluster.ConnectionString(name)), [], []),
            ],
        });

        var saved = await scene.OpenAsync(result);
        var records = (await saved.RecordAsync()).Databases.ToDictionary(record => record.Name);
        Assert.Matches("permission denied for table secret", records["hidden"].Missing);
        Assert.Contains("cannot be reached", records["gone"].Missing, StringComparison.Ordinal);
        Assert.Null(records["main"].Missing);
        Assert.Equal(2, result.Problems.Count);
        Assert.Contains("incomplete", saved.Snapshot.Tags);
        Assert.Equal("main", saved.Names(Folder(scene).Parent!));
    }

    [Fact]
    public async Task A_table_that_is_locked_for_long_costs_its_database_and_whoever_holds_the_lock_is_named()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync("create table locked as select 1 as id");
        await using var holder = RunningProcess.Start(
            PostgresInstallation.Require("psql"), ["-X", "-q", "-A", "-t", name], new Dictionary<string, string?>(cluster.ClientVariables) { ["PGAPPNAME"] = "migration" }, "/");
        await holder.TypeAsync("begin; lock table locked; select 'has it';\n");
        await holder.WaitForLineAsync(line => line == "has it");

        var result = await scene.BackupAsync(Options(scene, cluster, name) with { TableLockTime = TimeSpan.FromMilliseconds(300) });

        var why = Assert.Single((await (await scene.OpenAsync(result)).RecordAsync()).Databases).Missing!;
        Assert.Contains("locked for longer than 0.3 s", why, StringComparison.Ordinal);
        Assert.Contains("program \"migration\"", why, StringComparison.Ordinal);
        Assert.Contains("\"locked\"", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_standby_can_be_saved()
    {
        using var scene = await SceneAsync();
        await using var primary = await PostgresCluster.StartAsync();
        var name = await primary.NewDatabaseAsync("create table t as select generate_series(1, 9) as id; create unlogged table u as select 1 as id");
        await using var standby = await primary.StartStandbyAsync();

        var result = await scene.BackupAsync(Options(scene, standby, name));

        var record = (await (await scene.OpenAsync(result)).RecordAsync()).Databases[0];
        Assert.Empty(result.Problems);
        Assert.True(record.Postgres!.Standby);
        Assert.Equal(9, record.Tables["t"]);
        Assert.DoesNotContain("u", record.Tables.Keys);
    }

    [Fact]
    public async Task A_password_is_used_and_what_lies_in_the_dumps_place_on_the_disk_is_not_saved()
    {
        var cluster = await shared.GetAsync();
        using var scene = await SceneAsync();
        var name = await cluster.NewDatabaseAsync("create table t as select 1 as id");
        scene.Write(".holdfast/databases/main/old", "of a restore");
        var address = PostgresAddress.Parse(cluster.TcpConnectionString(name)) with { Password = new PassphraseSource.Literal(System.Text.Encoding.UTF8.GetBytes(cluster.Password)) };

        var result = await scene.BackupAsync(Options(scene, cluster, name) with
        {
            Targets = [scene.At("holdfast.yaml").Parent!],
            ServedDatabases = [new ServedDatabase("main", address, [], [])],
        });

        Assert.Empty(result.Problems);
        Assert.Equal("database.dump globals.sql", (await scene.OpenAsync(result)).Names(Folder(scene)));
    }

    private static async Task<BackupScene> SceneAsync()
    {
        var scene = await BackupScene.CreateAsync();
        scene.Clock = TimeProvider.System;
        scene.Write("holdfast.yaml", "application: orchard\n");
        return scene;
    }

    private static FilePath Folder(BackupScene scene) => scene.At(".holdfast").Combine("databases").Combine("main");

    private static BackupOptions Options(BackupScene scene, PostgresCluster cluster, string database) => BackupScene.Options(scene.At("holdfast.yaml")) with
    {
        Manifest = scene.At("holdfast.yaml"),
        ServedDatabases = [new ServedDatabase("main", PostgresAddress.Parse(cluster.ConnectionString(database)), ["t"], ["select 1"])],
    };

    private static async Task<string> WriteAsync(BackupScene scene, string name, byte[] content)
    {
        var path = scene.Temp[name];
        await File.WriteAllBytesAsync(path, content, Token);
        return path;
    }
}
