using Holdfast.Engine.Databases.Sqlite;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

public sealed class BackupTests : IAsyncLifetime
{
    private Workplace _place = null!;

    public async ValueTask InitializeAsync() => _place = await Workplace.CreateAsync();

    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Databases_in_folders_are_recognised_and_saved_without_their_journals()
    {
        using var live = _place.Live("deep/er/live.sqlite3");
        live.Execute("insert into events(what) values ('only in the log')");
        _place.Database("plain.db");
        _place.Write("deep/notes.txt", "a note");
        _place.Write("deep/notes.txt-wal", "no database's log, so it is a file like any other");
        Assert.True(File.Exists(Path.Combine(_place.Application, "deep/er/live.sqlite3-wal")));

        var saved = await _place.JsonAsync(0, "backup", _place.Application);

        saved.ExpectFields("snapshot_id", "files", "databases", "bytes_read", "bytes_added", "seconds");
        var databases = saved.GetProperty("databases").EnumerateArray().ToDictionary(database => database.Text("name"));
        Assert.Equal(["live.sqlite3", "plain.db"], databases.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(4, databases["live.sqlite3"].GetProperty("tables").GetProperty("events").GetInt64());
        var paths = await _place.PathsAsync();
        var expected = new[] { "deep/er/live.sqlite3", "deep/notes.txt", "deep/notes.txt-wal", "plain.db" };
        Assert.Equal(expected, paths.Where(path => path.StartsWith(_place.Application + "/", StringComparison.Ordinal)).Select(path => path[(_place.Application.Length + 1)..])
            .Except(["deep", "deep/er"]).Where(path => !path.StartsWith(".holdfast", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        await _place.Restic.RunAsync("restore", "latest", "--target", _place["restored"]);
        var restored = _place["restored"] + Path.Combine(_place.Application, "deep/er/live.sqlite3");
        Assert.Equal("ok", Workplace.Ask(restored, "pragma integrity_check"));
        Assert.Equal("4", Workplace.Ask(restored, "select count(*) from events"));
    }

    [Fact]
    public async Task A_rollback_journal_is_not_saved_either()
    {
        var path = _place.Database("bank.db");
        using var writer = Workplace.Connect(path);
        writer.Execute("pragma cache_size=1; begin; update people set name = 'in the middle'");
        Assert.True(File.Exists(path + "-journal"));

        await _place.BackUpAsync();

        Assert.DoesNotContain(await _place.PathsAsync(), saved => saved.Contains("-journal", StringComparison.Ordinal));
        var dump = (await _place.Restic.RunAsync("dump", "latest", path)).OutputBytes;
        await File.WriteAllBytesAsync(_place["dump.db"], dump);
        Assert.Equal("Ada", Workplace.Ask(_place["dump.db"], "select name from people where id = 1"));
    }

    [Fact]
    public async Task By_the_manifest_saves_what_it_names_and_nothing_else()
    {
        _place.Database("data/shop.db");
        _place.Write("config/shop.ini", "[shop]");
        _place.Write("config/cache.tmp", "left out");
        _place.Write("other.txt", "not named");
        _place.Write("holdfast.yaml", $$"""
            application: shop
            databases: { main: { sqlite: data/shop.db, expect_tables: [people], assertions: ["select count(*) = 2 from people"] } }
            files: { config: [config] }
            exclude: ["*.tmp"]
            repositories: { local: { path: {{_place.Repository}} } }
            passphrase: { env: HOLDFAST_PASSPHRASE }
            """);

        var saved = (await _place.Holdfast.With("HOLDFAST_REPOSITORY", null).TryRunInAsync(_place.Application, "backup", "--json")).Expect(0).Json();

        var database = Assert.Single(saved.GetProperty("databases").EnumerateArray().ToList());
        Assert.Equal("main", database.Text("name"));
        var paths = await _place.PathsAsync();
        Assert.Contains(_place.Application + "/config/shop.ini", paths);
        Assert.Contains(_place.Application + "/data/shop.db", paths);
        Assert.Contains(_place.Application + "/.holdfast/snapshot.json", paths);
        Assert.DoesNotContain(paths, path => path.EndsWith("other.txt", StringComparison.Ordinal) || path.EndsWith(".tmp", StringComparison.Ordinal));
        _place.Holdfast.With("HOLDFAST_REPOSITORY", _place.Repository);
        Assert.Contains("app=shop", (await _place.JsonAsync(0, "show", "latest")).Texts("tags"));
    }

    [Fact]
    public async Task The_repository_inside_the_folder_is_left_out_and_that_is_said()
    {
        _place.Write("file", "content");
        _place.Write("decoy/repository/file", "only its name is the repository's");

        var saved = (await _place.Holdfast.TryRunAsync("backup", _place.Root)).Expect(0);

        Assert.Contains($"{_place.Repository} is Holdfast's own and was left out", saved.Error, StringComparison.Ordinal);
        var paths = await _place.PathsAsync();
        Assert.DoesNotContain(paths, path => path.StartsWith(_place.Repository, StringComparison.Ordinal));
        Assert.Contains(_place.Application + "/decoy/repository/file", paths);
    }

    [Fact]
    public async Task Unchanged_files_are_not_read_again_unless_forced()
    {
        _place.WriteRandom("large", 1, 2_000_000);
        await _place.BackUpAsync();

        var second = await _place.JsonAsync(0, "backup", _place.Application);
        var forced = await _place.JsonAsync(0, "backup", _place.Application, "--force");

        Assert.Equal(1, second.GetProperty("files_unchanged").GetInt64());
        Assert.Equal(0, second.GetProperty("bytes_read").GetInt64());
        Assert.Equal(2_000_000, forced.GetProperty("bytes_read").GetInt64());
        Assert.InRange(forced.GetProperty("bytes_added").GetInt64(), 0, 20_000);
    }

    [Fact]
    public async Task Excluded_names_are_left_out_and_tags_are_kept()
    {
        _place.Write("kept", "1");
        _place.Write("skipped.log", "2");

        await _place.JsonAsync(0, "backup", _place.Application, "--exclude", "*.log", "--tag", "nightly", "--tag", "two words");

        Assert.DoesNotContain(await _place.PathsAsync(), path => path.EndsWith(".log", StringComparison.Ordinal));
        Assert.Equal(["nightly", "two words"], (await _place.JsonAsync(0, "show", "latest")).Texts("tags"));
    }

    [Fact]
    public async Task A_path_that_does_not_exist_is_named_and_the_others_are_saved()
    {
        var file = _place.Write("there", "content");

        var saved = (await _place.Holdfast.TryRunAsync("backup", file, _place["nowhere"])).Expect(3);

        Assert.Contains($"{_place["nowhere"]} does not exist", saved.Error, StringComparison.Ordinal);
        Assert.Contains(file, await _place.PathsAsync());
    }

    [Fact]
    public async Task Nothing_but_paths_that_do_not_exist_is_a_failure_without_a_snapshot()
    {
        (await _place.JsonAsync(1, "backup", _place["nowhere"])).ExpectFailure(1, "does not exist");

        Assert.Equal(0, (await _place.JsonAsync(0, "list")).GetArrayLength());
    }
}
