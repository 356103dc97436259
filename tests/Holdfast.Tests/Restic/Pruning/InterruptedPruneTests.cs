using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.Tests.Restic.Pruning;

public sealed class InterruptedPruneTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Every change of the storage, one after another, is the last that happens, or the first that does not.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ended_at_any_change_of_the_storage_nothing_is_lost_and_the_next_run_finishes(bool afterTheChange)
    {
        for (var last = 0; ; last++)
        {
            using var sample = await MakeAsync();
            var kept = await Pruned.ReadEverythingAsync(sample.Repository);
            var ending = new EndingBackend(sample.Backend, last, afterTheChange);
            using (var repository = await Repository.OpenAsync(ending, SampleRepository.Passphrase, Token))
            {
                if (await Record.ExceptionAsync(() => Pruned.RunAsync(repository)) is null)
                {
                    Assert.True(last > 6, $"only {last} changes");
                    break;
                }
            }

            await Holdfast.Restic.Locks.LockFiles.RemoveAsync(sample.Repository, all: true, "host", TimeProvider.System, Token);
            await Pruned.ExpectSoundAsync(sample.Repository, allowHints: true);
            Assert.Equivalent(kept, await Pruned.ReadEverythingAsync(sample.Repository), strict: true);
            await Pruned.RunAsync(sample.Repository);
            await Pruned.ExpectSoundAsync(sample.Repository);
            Assert.Equivalent(kept, await Pruned.ReadEverythingAsync(sample.Repository), strict: true);
            Assert.True((await Pruned.PlanAsync(sample.Repository)).IsEmpty);
        }
    }

    [Fact]
    public async Task What_an_interrupted_run_has_copied_is_not_copied_again()
    {
        using var sample = await MakeAsync();
        var ending = new RecordingBackend(sample.Backend) { KeepsAt = handle => handle.Type == FileType.Index };
        using (var repository = await Repository.OpenAsync(ending, SampleRepository.Passphrase, Token))
            await Failing.ThrowsAsync(FailureKind.Unavailable, () => Pruned.RunAsync(repository));

        var (plan, result) = await Pruned.RunAsync(sample.Repository);

        Assert.Equal(0, result.CopiedBlobs);
        Assert.NotEmpty(plan.Remove);
        await Pruned.ExpectSoundAsync(sample.Repository);
    }

    /// <summary>Packs to remove, to copy, unlisted, with copies; needed and unneeded trees.</summary>
    private static async Task<SampleRepository> MakeAsync()
    {
        var sample = await SampleRepository.CreateAsync();
        var mixed = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), Pruned.Content(2), Pruned.Content(3));
        await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(4));
        var copied = await Pruned.SaveAgainAsync(sample.Repository, Pruned.Content(1), Pruned.Content(5), Pruned.Content(6));
        await sample.SaveTreeAsync(SampleRepository.File("unneeded", 3000, mixed[0]));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 9000, mixed[0], mixed[1], copied[2])));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("b", 3000, mixed[1])), day: 2);
        await sample.Backend.WriteAsync(new FileHandle(FileType.Pack, Id.Of([1])), new byte[100], Token);
        return sample;
    }
}
