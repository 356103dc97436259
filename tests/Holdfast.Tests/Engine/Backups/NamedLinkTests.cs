using Holdfast.Engine.Backups;
using Holdfast.Engine.Manifest;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>A path of the manifest that is a symbolic link: a backup of it must not hold a link and nothing else.</summary>
public sealed class NamedLinkTests
{
    [Theory]
    [InlineData("conf", "etc")]
    [InlineData("conf", "elsewhere/etc")]
    public async Task What_it_leads_to_is_saved_where_it_really_is_and_the_link_beside(string link, string real)
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write($"{real}/settings.ini", "loud=1");
        scene.Write("app/own", "x");
        File.CreateSymbolicLink(scene.Temp[$"app/{link}"], scene.Temp[real]);

        var result = await scene.BackupAsync(Options(scene, "files: { config: [conf] }"));

        var saved = await scene.OpenAsync(result);
        Assert.Equal("loud=1", await saved.TextAsync(scene.At($"{real}/settings.ini")));
        Assert.NotNull(saved.Node(scene.At("app/conf")).LinkTarget);
        Assert.Equal([scene.Temp["app/conf"], scene.Temp[real]], (await saved.RecordAsync()).Groups["config"]);
        Assert.Empty(result.Problems);
        Assert.DoesNotContain(result.Notices, notice => notice.Contains("symbolic link", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("conf")]
    public async Task One_that_leads_nowhere_makes_the_backup_incomplete(string target)
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/own", "x");
        File.CreateSymbolicLink(scene.Temp["app/conf"], target);
        var result = await scene.BackupAsync(Options(scene, "files: { config: [conf] }"));
        Assert.Contains("what it leads to was not saved", Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.True(result.IsPartial);
    }

    [Fact]
    public async Task Links_in_a_folder_and_among_the_matches_of_a_pattern_stay_links()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("etc/settings.ini", "x");
        scene.Write("app/folder/own", "x");
        File.CreateSymbolicLink(scene.Temp["app/folder/conf"], scene.Temp["etc"]);
        File.CreateSymbolicLink(scene.Temp["app/a.link"], scene.Temp["etc"]);
        var saved = await scene.OpenAsync(await scene.BackupAsync(Options(scene, "files: { all: [folder, \"*.link\"] }")));
        Assert.False(saved.Has(scene.At("etc/settings.ini")));
        Assert.True(saved.Has(scene.At("app/a.link")));
    }

    [Fact]
    public async Task A_database_that_is_a_link_to_a_folder_is_a_problem()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("etc/settings.ini", "x");
        scene.Write("app/own", "x");
        File.CreateSymbolicLink(scene.Temp["app/main.db"], scene.Temp["etc"]);
        var result = await scene.BackupAsync(Options(scene, "databases: { main: { sqlite: main.db } }"));
        Assert.Contains(result.Problems, problem => problem.Contains("main", StringComparison.Ordinal));
    }

    private static BackupOptions Options(BackupScene scene, string declared)
    {
        var manifest = scene.Write("app/holdfast.yaml", $$"""
            application: shop
            {{declared}}
            repositories: { r: { path: /nowhere } }
            """);
        return ApplicationTargets.Of(manifest, ManifestFile.Read(manifest).Require(), BackupScene.Options(), []);
    }
}
