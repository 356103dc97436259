using Holdfast.EndToEnd.Restic;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

public sealed class RestoreTests : WorkplaceTests
{
    private string Target => Place["target"];

    [Fact]
    public async Task A_broken_manifest_comes_back_where_repository_and_passphrase_are_named()
    {
        var good = $"application: shop\nfiles: {{ config: [app.conf] }}\nrepositories: {{ local: {{ path: \"{Place.Repository}\" }} }}\n";
        var manifest = Place.Write("holdfast.yaml", good);
        Place.Write("app.conf", "a: 1");
        (await Place.Holdfast.TryRunInAsync(Place.Application, "backup")).Expect(0);
        Place.Write("holdfast.yaml", "application: [\n");

        (await Place.Holdfast.TryRunInAsync(Place.Application, "backup")).Expect(2);
        var listed = (await Place.Holdfast.TryRunInAsync(Place.Application, "list")).Expect(0);
        (await Place.Holdfast.TryRunInAsync(Place.Application, "restore", "latest", "holdfast.yaml", "--yes")).Expect(0);

        Assert.Contains("the manifest is left out, because it is wrong", listed.Error, StringComparison.Ordinal);
        Assert.Equal(good, await File.ReadAllTextAsync(manifest, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task To_a_target_brings_everything_back_below_it()
    {
        SyntheticTree.Awkward(Place.Application);
        var id = await Place.BackUpAsync();

        var restored = await Place.JsonAsync(0, "restore", id, "--target", Target);

        restored.ExpectFields("snapshot_id", "target", "files", "databases", "bytes", "seconds", "problems", "notices");
        Assert.Equal(id, restored.Text("snapshot_id"));
        Assert.True(SameFiles.Expect(Place.Application, Target + Place.Application) > 30);
    }

    [Fact]
    public async Task Only_the_paths_named_are_restored()
    {
        Place.Write("a/one", "1");
        Place.Write("a/two", "2");
        var database = Place.Database("b/three.db");
        await Place.BackUpAsync();

        await Place.JsonAsync(0, "restore", "latest", Place.Application + "/a/one", database, "--target", Target);

        var found = Directory.GetFiles(Target, "*", SearchOption.AllDirectories).Select(path => path[(Target + Place.Application).Length..]);
        Assert.Equal(["/a/one", "/b/three.db"], found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_target_that_holds_something_of_it_is_not_overwritten()
    {
        Place.Write("file", "saved");
        await Place.BackUpAsync();
        var mine = Target + Place.Application + "/file";
        Directory.CreateDirectory(Path.GetDirectoryName(mine)!);
        await File.WriteAllTextAsync(mine, "mine");

        var refused = (await Place.Holdfast.TryRunAsync("restore", "latest", "--target", Target)).Expect(1);

        Assert.Contains(mine, refused.Error, StringComparison.Ordinal);
        Assert.Contains("hint:", refused.Error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(mine));
    }

    [Fact]
    public async Task In_place_brings_the_database_and_the_files_back_and_removes_old_journals()
    {
        var file = Place.Write("settings", "good");
        var path = Path.Combine(Place.Application, "live.db");
        using (var live = Place.Live("live.db"))
        {
            await Place.BackUpAsync();
            live.Execute("delete from events");
            // A crashed application: its log stays.
            File.Copy(path, path + ".copy");
            File.Copy(path + "-wal", path + ".copy-wal");
        }

        File.Move(path + ".copy", path, overwrite: true);
        File.Move(path + ".copy-wal", path + "-wal");
        await File.WriteAllTextAsync(file, "bad");

        var restored = await Place.JsonAsync(0, "restore", "latest", "--yes");

        Assert.Equal(1, restored.GetProperty("databases").GetInt64());
        Assert.False(File.Exists(path + "-wal"));
        Assert.Equal("3", Workplace.Ask(path, "select count(*) from events"));
        Assert.Equal("good", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task In_place_is_refused_while_a_process_has_the_database_open_and_names_it()
    {
        using var live = Place.Live("live.db");
        await Place.BackUpAsync();
        live.Execute("insert into events(what) values ('newer')");

        var refused = (await Place.Holdfast.TryRunAsync("restore", "latest", "--yes")).Expect(1);

        Assert.Contains(Environment.ProcessId.ToString(null, null), refused.Error, StringComparison.Ordinal);
        Assert.Equal("4", Convert.ToString(live.Scalar("select count(*) from events"), null));
    }

    [Fact]
    public async Task A_dry_run_tells_what_would_be_done_and_does_nothing()
    {
        var file = Place.Write("settings", "saved");
        var gone = Place.Write("gone", "saved");
        var id = await Place.BackUpAsync();
        await File.WriteAllTextAsync(file, "mine");
        File.Delete(gone);

        var plan = await Place.JsonAsync(0, "restore", "latest", "--dry-run");
        var text = (await Place.Holdfast.TryRunAsync("restore", "latest", "--dry-run")).Expect(0);

        plan.ExpectFields("snapshot_id", "target", "files", "databases", "bytes", "problems", "notices");
        Assert.Equal(id, plan.Text("snapshot_id"));
        Assert.Equal([file], plan.Texts("replaced"));
        Assert.Equal([gone], plan.Texts("created"));
        Assert.Empty(plan.Texts("conflicts"));
        var space = plan.GetProperty("space")[0];
        Assert.InRange(space.GetProperty("needed_bytes").GetInt64(), 10, space.GetProperty("free_bytes").GetInt64());
        Assert.Contains($"replace  {file}", text.Output, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(file));
        Assert.False(File.Exists(gone));
    }

    [Fact]
    public async Task A_dry_run_of_what_would_be_refused_says_why_and_ends_with_1()
    {
        Place.Write("file", "saved");
        await Place.BackUpAsync();
        var mine = Target + Place.Application + "/file";
        Directory.CreateDirectory(Path.GetDirectoryName(mine)!);
        await File.WriteAllTextAsync(mine, "mine");

        var plan = await Place.JsonAsync(1, "restore", "latest", "--target", Target, "--dry-run");

        Assert.Contains(mine, Assert.Single(plan.Texts("conflicts")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_is_not_in_the_snapshot_is_named()
    {
        Place.Write("file", "content");
        await Place.BackUpAsync();

        (await Place.JsonAsync(1, "restore", "latest", "/nowhere", "--target", Target)).ExpectFailure(1, "\"/nowhere\" is not in snapshot");

        Assert.False(Directory.Exists(Target));
    }

    [Fact]
    public async Task A_target_inside_the_repository_is_refused()
    {
        Place.Write("file", "content");
        await Place.BackUpAsync();

        (await Place.JsonAsync(2, "restore", "latest", "--target", Place.Repository + "/data/x")).ExpectFailure(2, "inside");
        (await Place.JsonAsync(2, "restore", "latest", "--target", Place.Repository)).ExpectFailure(2, Place.Repository);

        await Place.JsonAsync(0, "check");
    }

    [Fact]
    public async Task A_read_only_target_is_a_clear_error()
    {
        using var small = await SmallFileSystem.MountAsync(1_000_000);
        (await RunningProcess.RunAsync("mount", ["-o", "remount,ro", small.Path])).Expect(0);
        Place.Write("file", "content");
        await Place.BackUpAsync();

        var refused = await Place.JsonAsync(1, "restore", "latest", "--target", small.Path);

        refused.ExpectFailure(1, small.Path);
        Assert.Contains("read-only", refused.Text("message"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_list_to_choose_from_has_safety_snapshots_at_its_end()
    {
        var file = Place.Write("file", "first");
        var first = await Place.BackUpAsync();
        await File.WriteAllTextAsync(file, "second");
        var safety = (await Place.JsonAsync(0, "restore", first, "--yes")).Text("safety_snapshot_id");

        var asked = (await RunningProcess.RunAsync(
            HoldfastProgram.Command[0], [.. HoldfastProgram.Command.Skip(1), "restore", "--interactive"], Place.Holdfast.Variables, Place.Root, "\n")).Expect(2);

        Assert.StartsWith($"  1  {first[..8]}", asked.OutputLines[0], StringComparison.Ordinal);
        Assert.StartsWith($"  2  {safety[..8]}", asked.OutputLines[1], StringComparison.Ordinal);
        Assert.Contains("before a restore", asked.OutputLines[1], StringComparison.Ordinal);
    }
}
