using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Backends;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>Of which moments the parts of a snapshot are, and what it says of the application.</summary>
public sealed class BackupMomentTests
{
    [Fact]
    public async Task Says_between_which_moments_the_parts_were_read()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        scene.Execute("app/main.db", "create table t(x); insert into t values (1)");
        var before = scene.Clock.GetUtcNow();

        var result = await scene.BackupAsync(BackupScene.Options(scene.At("app")) with { Databases = [scene.Declare("main", "app/main.db")] });

        var record = await (await scene.OpenAsync(result)).RecordAsync();
        Assert.InRange(record.Moments!.First, before, record.Moments.Last);
        Assert.InRange(record.Databases.Single().At!.Value, record.Moments.First, record.Moments.Last);
        Assert.InRange(record.Moments.Last, record.Moments.First, scene.Clock.GetUtcNow());
        Assert.False(record.Moments.Quiesced);
        Assert.Equal(record.Moments, result.Moments);
    }

    [Fact]
    public async Task All_databases_are_pinned_before_the_first_is_read()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Execute("a.db", """
            pragma journal_mode=wal; create table t(x);
            with recursive n(i) as (select 1 union all select i + 1 from n where i < 40) insert into t select randomblob(1000000) from n
            """);
        scene.Execute("z.db", "pragma journal_mode=wal; create table t(x); insert into t values (1)");
        var written = 0;
        scene.Backend.Before = (act, handle) =>
        {
            // The first pack is full while most of the first database is still to be read.
            if (act == BackendAct.Write && handle.Type == FileType.Pack && Interlocked.Increment(ref written) == 1)
                scene.Execute("z.db", "insert into t values (2)");
        };

        var result = await scene.BackupAsync(BackupScene.Options() with { Databases = [scene.Declare("a", "a.db"), scene.Declare("z", "z.db")] });

        Assert.True(written > 1);
        Assert.Equal([40, 1], result.Databases.Select(database => database.Tables["t"]));
    }

    [Fact]
    public async Task While_paused_the_contents_of_databases_are_read_after_the_application_goes_on()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        scene.Execute("app/main.db", "pragma journal_mode=wal; create table t(x); insert into t values (1)");
        // What the application writes as soon as it may is not in the snapshot, though it is read later.
        var hook = new HookScript(scene, "[ $1 != resume ] || sqlite3 app/main.db 'insert into t values (2)' || echo no-sqlite >> calls");
        var options = hook.Options() with { Databases = [scene.Declare("main", "app/main.db")] };

        var result = await scene.BackupAsync(options);

        if (hook.Calls.Contains("no-sqlite")) Assert.Skip("sqlite3 is not installed");
        Assert.Equal(1, result.Databases.Single().Tables["t"]);
        using var live = SqliteConnections.Open(scene.Temp["app/main.db"]);
        Assert.Equal(2L, live.Scalar("select count(*) from t"));
    }

    [Fact]
    public async Task A_second_name_of_a_pinned_database_is_no_ordinary_file_and_drops_no_lock()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Execute("app/main.db", "create table t(x); insert into t values (1)");
        new SyntheticTree(scene.Temp["app"]).HardLink("another", "main.db");
        var hook = new HookScript(scene);

        var result = await scene.BackupAsync(hook.Options() with { Databases = [scene.Declare("main", "app/main.db")] });

        Assert.Equal(["another", "main"], result.Databases.Select(database => database.Name));
        Assert.Equal(0, result.Files);
    }

    [Fact]
    public async Task The_record_says_the_root_the_version_and_what_the_groups_stood_for()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/certs/a.pem", "x");
        scene.Write("app/certs/b.pem", "x");
        scene.Write("app/VERSION", "\n 1.4.2 \nmore\n");
        var manifest = scene.Write("app/holdfast.yaml", """
            application: shop
            version: { file: VERSION }
            files: { certs: ["certs/*.pem"], config: [holdfast.yaml, absent] }
            repositories: { r: { path: /nowhere } }
            """);
        var loaded = ManifestFile.Read(manifest).Require();

        var result = await scene.BackupAsync(ApplicationTargets.Of(manifest, loaded, BackupScene.Options(), []));

        var record = await (await scene.OpenAsync(result)).RecordAsync();
        Assert.Equal((scene.Temp["app"], "1.4.2"), (record.Root, record.Version));
        Assert.Equal([scene.Temp["app/certs/a.pem"], scene.Temp["app/certs/b.pem"]], record.Groups["certs"]);
        Assert.Equal([scene.Temp["app/holdfast.yaml"], scene.Temp["app/absent"]], record.Groups["config"]);
    }

    [Theory]
    [InlineData("echo 2.0; echo more", "2.0", null)]
    [InlineData("echo no >&2; exit 3", null, "failed with exit code 3")]
    [InlineData("true", null, "says nothing")]
    public async Task A_version_that_cannot_be_had_is_a_note_and_no_failure(string script, string? version, string? notice)
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        var hook = new HookScript(scene, script);

        var result = await scene.BackupAsync(hook.Options(new BackupDeclaration()) with { Version = new VersionDeclaration.Command(["./hook"]) });

        Assert.False(result.IsPartial);
        Assert.Equal(version, result.Version);
        if (notice is null) Assert.Empty(result.Notices);
        else Assert.Contains(notice, Assert.Single(result.Notices), StringComparison.Ordinal);
    }
}
