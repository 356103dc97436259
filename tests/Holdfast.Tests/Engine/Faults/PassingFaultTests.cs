using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;
using Holdfast.Tests.Restic.Backends;
using Xunit;

namespace Holdfast.Tests.Engine.Faults;

/// <summary>Over a line on which requests fail again and again, and succeed when they are tried again.</summary>
public sealed class PassingFaultTests
{
    private static readonly RetryOptions AtOnce = new() { FirstPause = TimeSpan.FromMicroseconds(1), LongestPause = TimeSpan.FromMicroseconds(1) };

    public static TheoryData<int> Seeds => FaultSeeds.Take(6);

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task All_work_succeeds_and_nothing_is_lost_or_left(int seed)
    {
        var chance = new Random(seed);
        var faults = new FaultPlan(seed) { Share = 0.02 + (chance.NextDouble() * 0.3), TearsWrites = true, IsSlow = chance.Next(2) == 0 };
        using var scene = await FaultScene.CreateAsync();
        using var copies = await FaultScene.CreateAsync();
        var (line, other) = (new FaultyBackend(scene.Store, faults), new FaultyBackend(copies.Store, faults with { Seed = -seed }));
        using var repository = await FaultScene.OpenAsync(Behind(line, chance));
        using var target = await FaultScene.OpenAsync(Behind(other, chance));
        var worker = new FaultWork(scene, copies, repository, target);

        // Each kind at least once, the rest as it comes.
        Work[] works = [.. Enum.GetValues<Work>(), .. Enumerable.Range(0, 6).Select(_ => (Work)chance.Next(6))];
        chance.Shuffle(works.AsSpan(1));
        foreach (var work in works)
        {
            if (work == Work.Backup) scene.Change(chance);
            Assert.Null(await worker.DoAsync(work, chance));
        }

        Assert.True(line.Failures > 0, $"{line.Failures} failures");
        await scene.ExpectSoundAsync();
        await copies.ExpectSoundAsync();
        Assert.Equal((0, 0), (await scene.LocksAsync(), await copies.LocksAsync()));
    }

    private static IBackend Behind(FaultyBackend line, Random chance)
    {
        var backend = new RetryingBackend(new ConcurrencyLimit(line, 3), AtOnce, TimeProvider.System);
        return chance.Next(2) == 0 ? backend : new CachingBackend(backend, new MemoryBackend(), Assert.Fail);
    }
}
