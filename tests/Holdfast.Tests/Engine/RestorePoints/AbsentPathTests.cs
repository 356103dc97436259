using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Tests.Engine.Restores;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.RestorePoints;

public sealed class AbsentPathTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/srv/shop/confg.yaml", "did you mean \"/srv/shop/config.yaml\"?")]
    [InlineData("/srv/shpo/config.yaml", "did you mean \"/srv/shop\"?")]
    [InlineData("/srv/shop/other", "\"/srv/shop\"` lists what is")]
    [InlineData("/elsewhere", "` lists what is; an ID has hexadecimal digits only")]
    [InlineData("/srv/shop/config.yaml/below", "\"/srv/shop/config.yaml\" is no folder there")]
    public async Task Tells_how_far_a_path_leads_and_what_was_probably_meant(string path, string hint)
    {
        using var scene = await Scene.CreateAsync();
        await scene.SaveSnapshotAsync(
            async writer => await SaveTreeAsync(
                writer, FolderNode("srv", await SaveTreeAsync(writer, FolderNode("shop", await SaveTreeAsync(writer, FileNode("config.yaml", 0)))))),
            "/srv/shop");
        var stored = await scene.LatestAsync();
        var reader = new BlobReader(scene.Repository, await scene.Repository.LoadIndexAsync(Token));

        var error = await new AbsentPath(reader, stored).ExplainAsync(FilePath.From(path), Token);

        Assert.Equal(FailureKind.NotFound, error.Kind);
        Assert.Equal($"\"{path}\" is not in snapshot {stored.Id.Short}", error.Message);
        Assert.Contains(hint, error.Hint, StringComparison.Ordinal);
    }
}
