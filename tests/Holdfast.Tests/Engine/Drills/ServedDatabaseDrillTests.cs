using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Holdfast.Tests.Engine.Backups;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

/// <summary>Drills of dumps, in real servers of their own.</summary>
public sealed class ServedDatabaseDrillTests(SharedPostgresCluster shared) : IAsyncLifetime
{
    private readonly TempDirectory _temp = new();
    private BackupScene _scene = null!;
    private LocalState _state = null!;
    private PostgresCluster _cluster = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await shared.GetAsync();
        _scene = await BackupScene.CreateAsync();
        _scene.Clock = TimeProvider.System;
        _scene.Write("holdfast.yaml", "application: orchard\n");
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
    public async Task A_database_with_one_of_everything_is_proven_in_a_server_of_its_own()
    {
        var name = await _cluster.NewDatabaseAsync(RichDatabase.Script);
        var run = await SavedAsync(name, ["users", "crop.trees"], [$"select current_database() = '{name}'", "select rolcanlogin from pg_roles where rolname = 'orchard_owner'"]);

        var result = await run.ExecuteAsync(Token);

        Assert.DoesNotContain(result.Checks, check => !check.Passed);
        Assert.True(result.Proven);
        Assert.Equal((1, 0), (result.Databases, result.Notices.Count));
        Assert.Equal(
            ["restore", "roles", "extensions", "restore", "expected_tables", "assertion", "assertion", "row_counts", "indexes", "amcheck"],
            result.Checks.Where(check => check.Name is not ("snapshot" or "content")).Select(check => check.Name));
        Assert.Contains("citext, hstore, pg_trgm, plpgsql, uuid-ossp", Detail(result, "extensions"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_temp["scratch"]));
    }

    [Fact]
    public async Task An_extension_that_this_machine_lacks_is_named_and_nothing_is_proven()
    {
        DrillRun run;
        string missing;
        using (var extension = PassingExtension.Install())
        {
            missing = extension.Name;
            run = await SavedAsync(await _cluster.NewDatabaseAsync($"create extension {missing}; create table t as select seven() as id"));
        }

        var result = await run.ExecuteAsync(Token);

        Assert.False(result.Proven);
        Assert.Contains($"lacks the extension {missing}", Detail(result, "extensions"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_that_does_not_hold_and_an_index_that_lies_are_found()
    {
        var name = await _cluster.NewDatabaseAsync("""
            create table t as select generate_series(1, 100) as id;
            create function lie(int) returns float language sql immutable as 'select random()';
            create index lying on t (lie(id))
            """);
        var run = await SavedAsync(name, [], ["select count(*) = 101 from t"]);

        var result = await run.ExecuteAsync(Token);

        Assert.False(result.Proven);
        Assert.Contains("false", Detail(result, "assertion"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("lying", Detail(result, "amcheck"), StringComparison.Ordinal);
        Assert.Equal(["assertion", "amcheck"], result.Checks.Where(check => !check.Passed).Select(check => check.Name));
    }

    [Fact]
    public async Task A_dump_that_does_not_load_is_told_in_the_words_of_the_server()
    {
        var name = await _cluster.NewDatabaseAsync("""
            create table t as select 1 as id;
            create function fails_elsewhere(int) returns int language sql immutable as 'select $1 / (select length(current_setting(''listen_addresses'')))';
            create index odd_index on t (fails_elsewhere(id))
            """);
        var run = await SavedAsync(name);

        var result = await run.ExecuteAsync(Token);

        Assert.False(result.Proven);
        var failed = Assert.Single(result.Checks, check => !check.Passed);
        Assert.Equal(("restore", "main"), (failed.Name, failed.Subject));
        Assert.Contains("division by zero", failed.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failed.Detail!);
        Assert.Equal(0, result.Databases);
    }

    [Fact]
    public async Task A_role_that_was_not_saved_is_named()
    {
        var role = "passing_" + Guid.NewGuid().ToString("n")[..6];
        var name = await _cluster.NewDatabaseAsync($"create role {role}; create table t as select 1 as id; alter table t owner to {role}");
        (await _cluster.RunAsync("pg_dump", ["--format=custom", $"--file={_temp["dump"]}", name])).Expect(0);
        var dump = new RestoreItem
        {
            Source = FilePath.From("/main/dump"),
            Destination = FilePath.From(_temp["dump"]),
            Node = new Node { Name = "dump"u8.ToArray(), Type = NodeType.File, Content = [] },
        };
        var record = new DatabaseRecord
        {
            Name = "main",
            Kind = DatabaseRecord.PostgresKind,
            Path = "/main",
            Postgres = new PostgresRecord { Method = PostgresRecord.Logical, Database = name, ServerVersion = $"{PostgresInstallation.Major}.1", Dump = "dump" },
        };
        var checks = new CheckList(TimeProvider.System);

        await new ServedDatabaseDrill(checks, await OptionsAsync(name), PostgresTools.OfSystem(TimeProvider.System), TimeProvider.System, new OperationProgress())
            .CheckAsync(record, [dump], FilePath.From(_temp["log"]), Token);

        var failed = Assert.Single(checks.Checks, check => !check.Passed);
        Assert.Contains($"role \"{role}\" does not exist", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_without_an_end_is_ended()
    {
        var server = await PostgresServer.ResolveAsync(PostgresAddress.Parse(_cluster.ConnectionString()), TimeProvider.System, Token);
        await using var database = await PostgresDatabaseChecks.OpenAsync(server, Token);
        var questions = new PostgresQuestions(database, new DatabaseRecord { Name = "main", Kind = DatabaseRecord.PostgresKind, Path = "/main" });

        var wrong = await questions.AssertionAsync("select pg_sleep(3600)", TimeSpan.FromMilliseconds(100), Token);

        Assert.Contains("no answer within 0.1 s", Assert.Single(wrong), StringComparison.Ordinal);
        Assert.Empty(await questions.AssertionAsync("select true", Token));
    }

    [Fact]
    public async Task Without_programs_of_the_version_no_drill_is_made_and_nothing_is_remembered()
    {
        var run = await SavedAsync(await _cluster.NewDatabaseAsync("create table t as select 1 as id"), tools: new PostgresTools(["/nowhere/{0}"], TimeProvider.System));

        var failure = await Assert.ThrowsAsync<HoldfastException>(() => run.ExecuteAsync(Token));

        Assert.Equal(FailureKind.Failed, failure.Kind);
        Assert.Contains($"initdb of PostgreSQL {PostgresInstallation.Major}", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"apt install postgresql-{PostgresInstallation.Major}", failure.Hint, StringComparison.Ordinal);
        Assert.Null(new ProofStore(_state).Load(_scene.Repository.Config.Id, "here").LastDrilled);
    }

    [Fact]
    public async Task A_private_scratch_folder_is_told_before_anything_is_restored()
    {
        RealComponent.RequireRoot("have folders that another account cannot enter");
        File.SetUnixFileMode(_temp, (UnixFileMode)0x1C0);
        var run = await SavedAsync(await _cluster.NewDatabaseAsync("create table t as select 1 as id"));

        var failure = await Assert.ThrowsAsync<HoldfastException>(() => run.ExecuteAsync(Token));

        Assert.Contains("can get into none of", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_temp["scratch"]));
    }

    private static string Detail(DrillResult result, string check) => string.Join('\n', result.Checks.Where(found => found.Name == check).Select(found => found.Detail));

    private async Task<DrillRun> SavedAsync(string database, IReadOnlyList<string>? expect = null, IReadOnlyList<string>? assertions = null, PostgresTools? tools = null) =>
        new(_scene.Repository, _state, await OptionsAsync(database, expect, assertions), TimeProvider.System, new OperationProgress())
        {
            Tools = tools ?? PostgresTools.OfSystem(TimeProvider.System),
        };

    private async Task<DrillOptions> OptionsAsync(string database, IReadOnlyList<string>? expect = null, IReadOnlyList<string>? assertions = null)
    {
        var saved = await _scene.BackupAsync(BackupScene.Options(_scene.At("holdfast.yaml")) with
        {
            Manifest = _scene.At("holdfast.yaml"),
            ServedDatabases = [new ServedDatabase("main", PostgresAddress.Parse(_cluster.ConnectionString(database)), expect ?? [], assertions ?? [])],
        });
        Assert.Empty(saved.Problems);
        return new DrillOptions
        {
            Snapshot = (await SnapshotFiles.LoadAllAsync(_scene.Repository, Token)).Readable.Single(snapshot => snapshot.Id == saved.SnapshotId),
            RepositoryLocation = "here",
            ScratchCandidates = [FilePath.From(_temp["scratch"])],
            Identity = BackupScene.Tester,
            Program = "test",
        };
    }
}
