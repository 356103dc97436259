using Holdfast.Engine.Databases.Sqlite;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

public sealed class BackupTests : WorkplaceTests
{
    [Fact]
    public async Task Databases_in_folders_are_recognised_and_saved_without_their_journals()
    {
        using var live = Place.Live("deep/er/live.sqlite3");
        live.Execute("insert into events(what) values ('only in the log')");
        Place.Database("plain.db");
        Place.Write("deep/notes.txt", "a note");
        Place.Write("deep/notes.txt-wal", "no database's log, so it is a file like any other");
        Assert.True(File.Exists(Path.Combine(Place.Application, "deep/er/live.sqlite3-wal")));

        var saved = await Place.JsonAsync(0, "backup", Place.Application);

        saved.ExpectFields("snapshot_id", "files", "databases", "bytes_read", "bytes_added", "seconds");
        var databases = saved.GetProperty("databases").EnumerateArray().ToDictionary(database => database.Text("name"));
        Assert.Equal(["live.sqlite3", "plain.db"], databases.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(4, databases["live.sqlite3"].GetProperty("tables").GetProperty("events").GetInt64());
        var paths = await Place.PathsAsync();
        var expected = new[] { "deep/er/live.sqlite3", "deep/notes.txt", "deep/notes.txt-wal", "plain.db" };
        Assert.Equal(expected, paths.Where(path => path.StartsWith(Place.Application + "/", StringComparison.Ordinal)).Select(path => path[(Place.Application.Length + 1)..])
            .Except(["deep", "deep/er"]).Where(path => !path.StartsWith(".holdfast", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        await Place.Restic.RunAsync("restore", "latest", "--target", Place["restored"]);
        var restored = Place["restored"] + Path.Combine(Place.Application, "deep/er/live.sqlite3");
        Assert.Equal("ok", Workplace.Ask(restored, "pragma integrity_check"));
        Assert.Equal("4", Workplace.Ask(restored, "select count(*) from events"));
    }

    [Fact]
    public async Task A_rollback_journal_is_not_saved_either()
    {
        var path = Place.Database("bank.db");
        using var writer = Workplace.Connect(path);
        writer.Execute("pragma cache_size=1; begin; update people set name = 'in the middle'");
        Assert.True(File.Exists(path + "-journal"));

        await Place.BackUpAsync();

        Assert.DoesNotContain(await Place.PathsAsync(), saved => saved.Contains("-journal", StringComparison.Ordinal));
        var dump = (await Place.Restic.RunAsync("dump", "latest", path)).OutputBytes;
        await File.WriteAllBytesAsync(Place["dump.db"], dump);
        Assert.Equal("Ada", Workplace.Ask(Place["dump.db"], "select name from people where id = 1"));
    }

    [Fact]
    public async Task By_the_manifest_saves_what_it_names_and_nothing_else()
    {
        Place.Database("data/shop.db");
        Place.Write("config/shop.ini", "[shop]");
        Place.Write("config/cache.tmp", "left out");
        Place.Write("other.txt", "not named");
        Place.Write("holdfast.yaml", $$"""
            application: shop
            databases: { main: { sqlite: data/shop.db, expect_tables: [people], assertions: ["select count(*) = 2 from people"] } }
            files: { config: [config] }
            exclude: ["*.tmp"]
            repositories: { local: { path: {{Place.Repository}} } }
            passphrase: { env: HOLDFAST_PASSPHRASE }
            """);

        var saved = (await Place.Holdfast.With("HOLDFAST_REPOSITORY", null).TryRunInAsync(Place.Application, "backup", "--json")).Expect(0).Json();

        var database = Assert.Single(saved.GetProperty("databases").EnumerateArray().ToList());
        Assert.Equal("main", database.Text("name"));
        var paths = await Place.PathsAsync();
        Assert.Contains(Place.Application + "/config/shop.ini", paths);
        Assert.Contains(Place.Application + "/data/shop.db", paths);
        Assert.Contains(Place.Application + "/.holdfast/snapshot.json", paths);
        Assert.DoesNotContain(paths, path => path.EndsWith("other.txt", StringComparison.Ordinal) || path.EndsWith(".tmp", StringComparison.Ordinal));
        Place.Holdfast.With("HOLDFAST_REPOSITORY", Place.Repository);
        Assert.Contains("app=shop", (await Place.JsonAsync(0, "show", "latest")).Texts("tags"));
    }

    [Fact]
    public async Task The_repository_inside_the_folder_is_left_out_and_that_is_said()
    {
        Place.Write("file", "content");
        Place.Write("decoy/repository/file", "only its name is the repository's");

        var saved = (await Place.Holdfast.TryRunAsync("backup", Place.Root)).Expect(0);

        Assert.Contains($"{Place.Repository} is Holdfast's own and was left out", saved.Error, StringComparison.Ordinal);
        var paths = await Place.PathsAsync();
        Assert.DoesNotContain(paths, path => path.StartsWith(Place.Repository, StringComparison.Ordinal));
        Assert.Contains(Place.Application + "/decoy/repository/file", paths);
    }

    [Fact]
    public async Task Unchanged_files_are_not_read_again_unless_forced()
    {
        Place.WriteRandom("large", 1, 2_000_000);
        await Place.BackUpAsync();

        var second = await Place.JsonAsync(0, "backup", Place.Application);
        var forced = await Place.JsonAsync(0, "backup", Place.Application, "--force");

        Assert.Equal(1, second.GetProperty("files_unchanged").GetInt64());
        Assert.Equal(0, second.GetProperty("bytes_read").GetInt64());
        Assert.Equal(2_000_000, forced.GetProperty("bytes_read").GetInt64());
        Assert.InRange(forced.GetProperty("bytes_added").GetInt64(), 0, 20_000);
    }

    [Fact]
    public async Task Excluded_names_are_left_out_and_tags_are_kept()
    {
        Place.Write("kept", "1");
        Place.Write("skipped.log", "2");

        await Place.JsonAsync(0, "backup", Place.Application, "--exclude", "*.log", "--tag", "nightly", "--tag", "two words");

        Assert.DoesNotContain(await Place.PathsAsync(), path => path.EndsWith(".log", StringComparison.Ordinal));
        Assert.Equal(["nightly", "two words"], (await Place.JsonAsync(0, "show", "latest")).Texts("tags"));
    }

    [Fact]
    public async Task A_path_that_does_not_exist_is_named_and_the_others_are_saved()
    {
        var file = Place.Write("there", "content");

        var saved = (await Place.Holdfast.TryRunAsync("backup", file, Place["nowhere"])).Expect(3);

        Assert.Contains($"{Place["nowhere"]} does not exist", saved.Error, StringComparison.Ordinal);
        Assert.Contains(file, await Place.PathsAsync());
    }

    [Fact]
    public async Task Nothing_but_paths_that_do_not_exist_is_a_failure_without_a_snapshot()
    {
        (await Place.JsonAsync(1, "backup", Place["nowhere"])).ExpectFailure(1, "does not exist");

        Assert.Equal(0, (await Place.JsonAsync(0, "list")).GetArrayLength());
    }
}
