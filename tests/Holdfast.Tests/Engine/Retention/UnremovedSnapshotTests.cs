using Holdfast.Engine.Drills;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Retention;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Retention;

/// <summary>Storage that takes a removal without complaint and does nothing.</summary>
public sealed class UnremovedSnapshotTests
{
    [Fact]
    public async Task What_is_still_listed_is_not_called_removed()
    {
        var token = TestContext.Current.CancellationToken;
        using var sample = await SampleRepository.CreateAsync();
        var tree = await sample.SaveTreeAsync();
        var (stays, goes) = (await sample.SaveSnapshotAsync(tree), await sample.SaveSnapshotAsync(tree, day: 2));
        await sample.SaveSnapshotAsync(tree, day: 3);
        using var repository = await Repository.OpenAsync(new LyingBackend(sample.Backend) { Keeps = handle => handle.Id == stays }, SampleRepository.Passphrase, token);
        var removal = new NamedRemoval([stays.ToString(), goes.ToString()], isForced: false, ProofBook.Empty, TimeProvider.System);

        var result = await new ForgetRun(repository, removal.Plan, SampleRepository.Client, TimeProvider.System, new OperationProgress(), Assert.Fail)
            .ExecuteAsync(shown: null, token);

        Assert.Equal((stays, goes), (Assert.Single(result.Left), Assert.Single(result.Removed).Id));
        Assert.Contains("still lists", result.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await sample.FilesAsync(FileType.Snapshot)).Count);
    }
}
