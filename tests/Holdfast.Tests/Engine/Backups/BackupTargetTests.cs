using Holdfast.Engine.Files;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Trees;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>What a backup takes in and what it leaves out.</summary>
public sealed class BackupTargetTests
{
    [Fact]
    public async Task Saves_each_target_and_of_the_folders_above_only_the_way_to_it()
    {
        using var scene = await BackupScene.CreateAsync();
        var one = scene.Write("a/one", "1");
        var two = scene.Write("b/c/two", "2");
        scene.Write("b/c/other", "not asked for");
        var saved = await scene.OpenAsync(await scene.BackupAsync(one, two));
        Assert.Equal("1", await saved.TextAsync(one));
        Assert.Equal("2", await saved.TextAsync(two));
        Assert.Equal("two", saved.Names(scene.At("b/c")));
        Assert.Equal([one.ToString(), two.ToString()], saved.Snapshot.Paths);
    }

    [Fact]
    public async Task A_target_in_a_target_is_saved_once()
    {
        using var scene = await BackupScene.CreateAsync();
        var inner = scene.Write("a/b/inner", "x");
        var result = await scene.BackupAsync(scene.At("a"), scene.At("a/b"), inner);
        Assert.Equal(1, result.Files);
        Assert.Empty(result.Problems);
        Assert.Equal("inner", (await scene.OpenAsync(result)).Names(scene.At("a/b")));
    }

    [Fact]
    public async Task What_is_named_is_saved_though_the_folder_around_it_is_left_out()
    {
        using var scene = await BackupScene.CreateAsync();
        var wanted = scene.Write("a/cache/deep/wanted", "x");
        scene.Write("a/cache/deep/other", "x");
        var result = await scene.BackupAsync(BackupScene.Options(scene.At("a"), wanted) with { Exclude = scene.Exclude("cache") });
        Assert.Equal("wanted", (await scene.OpenAsync(result)).Names(scene.At("a/cache/deep")));
    }

    [Fact]
    public async Task A_named_file_that_is_missing_in_a_saved_folder_is_a_problem()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("a/there", "x");
        var result = await scene.BackupAsync(scene.At("a"), scene.At("a/not-there"));
        Assert.Contains("not-there does not exist", Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.True((await scene.OpenAsync(result)).Has(scene.At("a/there")));
    }

    [Fact]
    public async Task A_target_that_is_a_link_is_saved_as_a_link_and_said_to_be_one()
    {
        using var scene = await BackupScene.CreateAsync();
        var file = scene.Write("file", "x");
        File.CreateSymbolicLink(scene.Temp["link"], "elsewhere");
        var result = await scene.BackupAsync(file, scene.At("link"));
        Assert.Contains("symbolic link", Assert.Single(result.Notices), StringComparison.Ordinal);
        var saved = await scene.OpenAsync(result);
        Assert.Equal("elsewhere"u8.ToArray(), saved.Node(scene.At("link")).LinkTarget!.Value.ToArray());
    }

    [Fact]
    public async Task Nothing_but_a_link_is_nothing_to_back_up()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("real.db", "x");
        File.CreateSymbolicLink(scene.Temp["link.db"], "real.db");
        var error = await Failing.ThrowsAsync(FailureKind.Failed, () => scene.BackupAsync(scene.At("link.db")));
        Assert.Contains("is a symbolic link", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await scene.CountAsync(FileType.Snapshot));
    }

    [Fact]
    public async Task A_folder_reached_through_a_link_is_a_folder_in_the_snapshot()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("real/file", "x");
        Directory.CreateSymbolicLink(scene.Temp["link"], scene.Temp["real"]);
        var saved = await scene.OpenAsync(await scene.BackupAsync(scene.At("link").Combine("file")));
        Assert.Equal(NodeType.Directory, saved.Node(scene.At("link")).Type);
        Assert.Equal("x", await saved.TextAsync(scene.At("link").Combine("file")));
    }

    [Fact]
    public async Task A_link_that_is_a_target_and_leads_to_one_is_a_folder_in_the_snapshot()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("real/file", "x");
        Directory.CreateSymbolicLink(scene.Temp["link"], scene.Temp["real"]);
        var file = scene.At("link").Combine("file");
        var saved = await scene.OpenAsync(await scene.BackupAsync(BackupScene.Options(scene.At("link"), file) with { Manifest = file }));
        Assert.Equal("x", await saved.TextAsync(file));
        Assert.NotNull(await saved.RecordAsync());
    }

    [Fact]
    public async Task The_root_can_be_a_target()
    {
        using var scene = await BackupScene.CreateAsync();
        var file = scene.Write("file", "x");
        // Everything of this machine but the way to the test's own folder is left out.
        var top = Directory.GetFileSystemEntries("/").Where(path => !file.IsUnder(FilePath.From(path)));
        var beside = Directory.GetFileSystemEntries(scene.At("x").Parent!.Parent!.ToString()).Where(path => !file.IsUnder(FilePath.From(path)));
        var result = await scene.BackupAsync(BackupScene.Options(FilePath.Root) with { Exclude = scene.Exclude([.. top.Concat(beside)]) });
        var saved = await scene.OpenAsync(result);
        Assert.Equal("x", await saved.TextAsync(file));
        Assert.Equal(["/"], saved.Snapshot.Paths);
        Assert.NotNull(await saved.RecordAsync());
    }

    [Fact]
    public async Task Own_places_are_left_out_with_a_notice_also_through_a_link()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("real/repo/config", "x");
        scene.Write("real/key", "secret");
        scene.Write("real/file", "x");
        Directory.CreateSymbolicLink(scene.Temp["link"], scene.Temp["real"]);
        var through = scene.At("link");
        var result = await scene.BackupAsync(BackupScene.Options(through.Combine("file"), through.Combine("repo"), through.Combine("key"), scene.At("real")) with
        {
            Own = [scene.At("real/repo"), scene.At("real/key")],
        });
        var saved = await scene.OpenAsync(result);
        Assert.Equal("file", saved.Names(scene.At("real")));
        Assert.Equal(".holdfast file", saved.Names(through));
        Assert.Equal(4, result.Notices.Count(notice => notice.Contains("Holdfast's own", StringComparison.Ordinal)));
        Assert.Empty(result.Problems);
    }

    [Fact]
    public async Task What_lies_in_the_repository_is_its_own_too()
    {
        using var scene = await BackupScene.CreateAsync();
        var inside = scene.Write("repo/data", "x");
        await Failing.ThrowsAsync(FailureKind.Failed, () => scene.BackupAsync(BackupScene.Options(inside) with { Own = [scene.At("repo")] }));
        Assert.Equal(0, await scene.CountAsync(FileType.Snapshot));
    }

    [Fact]
    public async Task Nothing_to_save_is_an_error_and_leaves_neither_snapshot_nor_lock()
    {
        using var scene = await BackupScene.CreateAsync();
        var error = await Failing.ThrowsAsync(FailureKind.Failed, () => scene.BackupAsync(scene.At("missing")));
        Assert.Contains("missing does not exist", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await scene.CountAsync(FileType.Snapshot));
        Assert.Equal(0, await scene.CountAsync(FileType.Lock));
    }

    [Fact]
    public async Task An_empty_folder_is_something_to_save()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Temp.CreateDirectory("empty");
        var saved = await scene.OpenAsync(await scene.BackupAsync(scene.At("empty")));
        Assert.Empty(saved.Names(scene.At("empty")));
        Assert.Equal(NodeType.Directory, saved.Node(scene.At("empty")).Type);
    }
}
