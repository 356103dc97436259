using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Tests.Restic.Backends;
using Xunit;

namespace Holdfast.Tests.Engine.Faults;

/// <summary>
/// Lists that are some changes behind, as of services that do not keep what S3 promises. Work may then fail, and miss what it was not shown, but
/// nothing that is there is lost. The one exception is not tried: a prune that is not shown a snapshot takes what only that one needs.
/// </summary>
public sealed class StaleListTests
{
    public static TheoryData<int> Seeds => FaultSeeds.Take(4);

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Old_lists_lose_nothing(int seed)
    {
        var chance = new Random(seed);
        var faults = new FaultPlan(seed) { StaleShare = 0.4 };
        using var scene = await FaultScene.CreateAsync();
        using var copies = await FaultScene.CreateAsync();
        // One line for all: what it knows of the last changes is what its lists hide.
        var line = new FaultyBackend(scene.Store, faults with { StaleTypes = [FileType.Index, FileType.Pack, FileType.Lock] });
        using var repository = await FaultScene.OpenAsync(line);
        using var target = await FaultScene.OpenAsync(new FaultyBackend(copies.Store, faults));
        var worker = new FaultWork(scene, copies, repository, target, seesAll: false);

        var done = 0;
        Work[] works = [Work.Backup, Work.Backup, .. Enum.GetValues<Work>(), .. Enumerable.Range(0, 6).Select(_ => (Work)chance.Next(6))];
        foreach (var work in works)
        {
            if (work == Work.Backup) scene.Change(chance);
            if ((await scene.SnapshotsAsync()).Count == 0 && work != Work.Backup) continue;
            try
            {
                if (await worker.DoAsync(work, chance) is null) done++;
            }
            catch (HoldfastException error)
            {
                Assert.True(error.Kind is FailureKind.Damaged or FailureKind.NotFound, $"{work}: {error.Kind}: {error.Message}");
            }
        }

        Assert.True(done > 4, $"{done} done");
        await scene.UnlockAsync();
        await copies.UnlockAsync();
        await scene.ExpectSoundAsync(allowHints: true);
        await copies.ExpectSoundAsync(allowHints: true);
    }
}
