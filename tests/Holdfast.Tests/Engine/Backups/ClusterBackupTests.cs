using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Databases.Postgres.BaseBackups;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>Base backups of real clusters.</summary>
public sealed class ClusterBackupTests(SharedPostgresCluster shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_backup_stores_the_pages_that_changed()
    {
        var cluster = await shared.GetAsync();
        using var scene = await ClusterScene.CreateAsync();
        var name = await cluster.NewDatabaseAsync("""
            create table log (id int primary key, body text);
            insert into log select n, md5(n::text) || md5((n * 7)::text) from generate_series(1, 100000) n; vacuum analyze log
            """);
        await cluster.QueryAsync(name, "checkpoint");
        var first = await scene.BackupAsync(cluster, name);
        await cluster.QueryAsync(name, "update log set body = 'short' where id between 5000 and 5100");
        var changed = await scene.BackupAsync(cluster, name);

        Assert.True(first.BytesAdded > 8_000_000, $"{first.BytesAdded}");
        Assert.True(changed.BytesAdded < first.BytesAdded / 10, $"{changed.BytesAdded} of {first.BytesAdded}");
    }

    [Fact]
    public async Task The_record_says_of_which_cluster_it_is_and_the_files_are_those_of_the_data_directory()
    {
        var cluster = await shared.GetAsync();
        using var scene = await ClusterScene.CreateAsync();
        var name = await cluster.NewDatabaseAsync("create extension citext; create table t as select 1 as id");

        var result = await scene.BackupAsync(cluster, name, database => database with { MaxRate = 1 << 30 });

        var saved = await scene.Backup.OpenAsync(result);
        var record = Assert.Single((await saved.RecordAsync()).Databases);
        Assert.Empty(result.Problems);
        Assert.Empty(result.Notices);
        Assert.Equal((DatabaseRecord.PostgresKind, scene.Folder.ToString(), 0), (record.Kind, record.Path, record.Tables.Count));
        var details = record.Postgres!;
        Assert.Equal((PostgresRecord.Physical, name, 15, 16384, false), (details.Method, details.Database, details.Major, details.ChunkAverage!.Value, details.Standby));
        Assert.Contains("citext", details.Extensions.Keys);
        Assert.Equal(
            await cluster.QueryAsync(name, "select system_identifier || '|' || timeline_id from pg_control_system(), pg_control_checkpoint()"),
            $"{details.Cluster!.SystemIdentifier}|{details.Cluster.Timeline}");
        Assert.Equal((PostgresCluster.Superuser, false, 0), (details.Cluster.Superuser, details.Cluster.Checksums, details.Cluster.Tablespaces.Count));
        var data = scene.Folder.Combine("data");
        Assert.Equal("15", (await saved.TextAsync(data.Combine("PG_VERSION"))).Trim());
        Assert.Contains("START WAL LOCATION: " + details.Cluster.Start, await saved.TextAsync(data.Combine("backup_label")), StringComparison.Ordinal);
        Assert.Equal(details.Bytes, record.Bytes);
        var table = await cluster.QueryAsync(name, "select pg_relation_filepath('t')");
        Assert.Equal(8192u, saved.Node(table.Split('/').Aggregate(data, (folder, part) => folder.Combine(part))).Size);
        Assert.Equal("archive_status", string.Join(' ', saved.Names(data.Combine("pg_wal")).Split(' ').Where(file => file.Length != 24)));
    }

    [Fact]
    public async Task A_backup_that_is_cut_off_leaves_nothing_on_the_server()
    {
        var cluster = await shared.GetAsync();
        using var scene = await ClusterScene.CreateAsync();
        var name = await cluster.NewDatabaseAsync("create table t as select 1 as id");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);

        // At this rate it would take minutes.
        var backup = scene.BackupAsync(cluster, name, database => database with { MaxRate = 32 << 10 }, stop.Token);
        await Conditions.Eventually("the server sends", async () => await SendersAsync() == "1");
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup);
        await Conditions.Eventually("the server has stopped", async () => await SendersAsync() == "0");
        Assert.Equal("0", await cluster.QueryAsync("postgres", "select count(*) from pg_replication_slots where not temporary"));

        Task<string> SendersAsync() => cluster.QueryAsync("postgres", "select count(*) from pg_stat_progress_basebackup where phase like 'streaming%'");
    }

    [Fact]
    public async Task A_server_that_removes_old_WAL_keeps_what_the_backup_needs()
    {
        await using var cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions
        {
            Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["min_wal_size"] = "32MB", ["max_wal_size"] = "32MB", ["wal_keep_size"] = "0" },
        });
        var server = await PostgresServer.ResolveAsync(PostgresAddress.Parse(cluster.ConnectionString("postgres")), TimeProvider.System, Token);
        using var backup = await BaseBackup.StartAsync(server, new BaseBackupOptions(), Token);

        // The server waits: nothing is read yet, and the WAL comes last.
        for (var segment = 0; segment < 8; segment++)
        {
            await cluster.QueryAsync("postgres", $"create table t{segment} as select 1 as id");
            await cluster.QueryAsync("postgres", "select pg_switch_wal()");
            await cluster.QueryAsync("postgres", "checkpoint");
        }

        while (await backup.NextAsync(Token) is { } part) await part.Content.CopyToAsync(Stream.Null, Token);
        Assert.Empty((await backup.FinishAsync(Token)).Damage);
        Assert.Empty(backup.Notices);
    }

    [Fact]
    public async Task A_server_without_a_slot_to_spare_is_backed_up_and_says_so()
    {
        await using var cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions
        {
            Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["max_replication_slots"] = "0" },
        });
        using var scene = await ClusterScene.CreateAsync();

        var result = await scene.BackupAsync(cluster, "postgres");

        Assert.Empty(result.Problems);
        Assert.Contains("no replication slot to spare", Assert.Single(result.Notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_without_the_right_is_told_what_to_ask_for_and_the_rest_is_saved()
    {
        var cluster = await shared.GetAsync();
        using var scene = await ClusterScene.CreateAsync();
        await cluster.QueryAsync("postgres", "create role no_replicator login");
        var name = await cluster.NewDatabaseAsync();

        var result = await scene.BackupAsync(cluster, name, database => database with { Address = PostgresAddress.Parse(cluster.ConnectionString(name, "no_replicator")) });

        var why = Assert.Single((await (await scene.Backup.OpenAsync(result)).RecordAsync()).Databases).Missing!;
        Assert.Contains("replication", why, StringComparison.Ordinal);
        Assert.Single(result.Problems);
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_the_right_one_is_used()
    {
        var cluster = await shared.GetAsync();
        using var scene = await ClusterScene.CreateAsync();
        var name = await cluster.NewDatabaseAsync();

        var wrong = await scene.BackupAsync(cluster, name, database => database with { Address = With("wrong") });
        var right = await scene.BackupAsync(cluster, name, database => database with { Address = With(cluster.Password) });

        Assert.Contains("password", Assert.Single(wrong.Problems), StringComparison.Ordinal);
        Assert.Empty(right.Problems);

        PostgresAddress With(string password) => PostgresAddress.Parse(cluster.TcpConnectionString(name)) with
        {
            Password = new Holdfast.Engine.Secrets.PassphraseSource.Literal(System.Text.Encoding.UTF8.GetBytes(password)),
        };
    }
}
