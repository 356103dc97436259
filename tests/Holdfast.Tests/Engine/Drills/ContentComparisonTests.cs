using Holdfast.Engine.Drills;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Restic.Blobs;
using Holdfast.Testing;
using Holdfast.Tests.Engine.Restores;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

public sealed class ContentComparisonTests : DrillTests
{
    [Fact]
    public async Task Content_that_differs_on_the_scratch_is_found()
    {
        await Scene.BackupAsync();
        var options = await Scene.OptionsAsync();
        await Scene.RestoreAsync(options);
        var reader = new BlobReader(Scene.Repository, await Scene.Repository.LoadIndexAsync(Token));
        var plan = await new RestorePlanner(reader, options).PlanAsync(Token);
        var item = plan.Items.Single(item => item.Source.ToString() == Scene.At("config"));
        var comparison = new ContentComparison(reader, new OperationProgress());
        Assert.Null(comparison.Difference(item, Token));

        var time = File.GetLastWriteTimeUtc(item.Destination.ToString());
        await File.WriteAllTextAsync(item.Destination.ToString(), "hellO");
        Assert.Contains("modification time", comparison.Difference(item, Token), StringComparison.Ordinal);
        new SyntheticTree(Path.GetDirectoryName(item.Destination.ToString())!).ModifiedAt("config", item.Node.ModifiedAt.UnixSeconds, item.Node.ModifiedAt.Nanoseconds);
        Assert.Contains("chunk 1", comparison.Difference(item, Token), StringComparison.Ordinal);
        File.SetUnixFileMode(item.Destination.ToString(), UnixFileMode.UserRead);
        Assert.Contains("mode", comparison.Difference(item, Token), StringComparison.Ordinal);
        File.Delete(item.Destination.ToString());
        Assert.Contains("not there", comparison.Difference(item, Token), StringComparison.Ordinal);
    }
}
