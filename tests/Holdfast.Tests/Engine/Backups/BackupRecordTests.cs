using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Trees;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>Where the snapshot's record is, whatever the disk has in that place.</summary>
public sealed class BackupRecordTests
{
    [Fact]
    public async Task Without_a_manifest_the_record_is_beside_the_first_target_and_brings_nothing_else_along()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        scene.Write(".holdfast/passphrase", "not asked for");
        var saved = await scene.OpenAsync(await scene.BackupAsync(scene.At("app")));
        Assert.Equal("snapshot.json", saved.Names(scene.At(".holdfast")));
        Assert.Equal("test", (await saved.RecordAsync()).Program);
    }

    [Fact]
    public async Task With_a_manifest_the_record_is_beside_it_in_the_folder_that_is_saved()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        var manifest = scene.Write("app/etc/holdfast.yaml", "x");
        var options = BackupScene.Options(scene.At("app"), manifest) with { Manifest = manifest, Application = "shop" };
        var saved = await scene.OpenAsync(await scene.BackupAsync(options));
        Assert.Equal(".holdfast holdfast.yaml", saved.Names(scene.At("app/etc")));
        var record = await saved.RecordAsync();
        Assert.Equal("shop", record.Application);
        Assert.Equal(manifest.ToString(), record.Manifest);
        Assert.Contains("app=shop", saved.Snapshot.Tags);
    }

    [Fact]
    public async Task A_real_folder_keeps_its_files_and_the_record_replaces_an_old_one()
    {
        using var scene = await BackupScene.CreateAsync();
        var manifest = scene.Write("app/holdfast.yaml", "x");
        scene.Write("app/.holdfast/other", "kept");
        scene.Write("app/.holdfast/snapshot.json", "old");
        var saved = await scene.OpenAsync(await scene.BackupAsync(BackupScene.Options(scene.At("app"), manifest) with { Manifest = manifest }));
        Assert.Equal("other snapshot.json", saved.Names(scene.At("app/.holdfast")));
        Assert.Equal("test", (await saved.RecordAsync()).Program);
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_folder_is_a_problem_and_the_record_is_written_all_the_same()
    {
        using var scene = await BackupScene.CreateAsync();
        var manifest = scene.Write("app/holdfast.yaml", "x");
        scene.Write("app/.holdfast", "a file");
        var result = await scene.BackupAsync(BackupScene.Options(scene.At("app"), manifest) with { Manifest = manifest });
        Assert.Contains("is not a folder", Assert.Single(result.Problems), StringComparison.Ordinal);
        var saved = await scene.OpenAsync(result);
        Assert.Equal(result.Problems, (await saved.RecordAsync()).Problems);
        Assert.Equal(NodeType.Directory, saved.Node(scene.At("app/.holdfast")).Type);
    }

    [Fact]
    public async Task A_manifest_in_a_folder_that_is_left_out_brings_only_itself_and_the_record()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        scene.Write("app/cache/junk", "x");
        var manifest = scene.Write("app/cache/holdfast.yaml", "x");
        var options = BackupScene.Options(scene.At("app"), manifest) with { Manifest = manifest, Exclude = scene.Exclude("cache") };
        var saved = await scene.OpenAsync(await scene.BackupAsync(options));
        Assert.Equal(".holdfast holdfast.yaml", saved.Names(scene.At("app/cache")));
        Assert.NotNull(await saved.RecordAsync());
    }

    [Fact]
    public async Task A_missing_manifest_folder_still_gets_the_record()
    {
        using var scene = await BackupScene.CreateAsync();
        var file = scene.Write("app/file", "x");
        var manifest = scene.At("gone/holdfast.yaml");
        var result = await scene.BackupAsync(BackupScene.Options(file, manifest) with { Manifest = manifest });
        Assert.Single(result.Problems);
        Assert.NotNull(await (await scene.OpenAsync(result)).RecordAsync());
    }

    [Fact]
    public void A_snapshots_paths_lead_to_its_record()
    {
        var file = Holdfast.Engine.Files.FilePath.From("/a/b");
        var place = RecordPlace.FolderFor(null, [file, Holdfast.Engine.Files.FilePath.Root], []);
        Assert.Contains(place, RecordPlace.CandidatesFor(["/", "/a/b"]));
    }
}
