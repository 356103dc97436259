using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Repairing;
using Holdfast.Tests.Restic.Backends;
using Xunit;

namespace Holdfast.Tests.Engine.Faults;

/// <summary>The storage goes away in the middle of the work, and comes back later as the last request has left it.</summary>
public sealed class LastingFaultTests
{
    public static TheoryData<int> Seeds => FaultSeeds.Take(6);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Work_that_is_cut_off_says_so_and_the_next_run_finds_everything_as_it_was(int seed)
    {
        var cutOff = 0;
        foreach (var work in Enum.GetValues<Work>()) cutOff += await CutOffAsync(work, unchecked((seed * 6) + (int)work)) ? 1 : 0;
        Assert.True(cutOff > 1, $"{cutOff} were cut off");
    }

    /// <returns>Whether it was, and not done before.</returns>
    private static async Task<bool> CutOffAsync(Work work, int seed)
    {
        var chance = new Random(seed);
        using var scene = await FaultScene.CreateAsync();
        using var copies = await FaultScene.CreateAsync();
        for (var i = 0; i < 3; i++)
        {
            scene.Change(chance);
            await scene.BackupAsync(scene.Repository);
        }

        var whole = new FaultWork(scene, copies, scene.Repository, copies.Repository);
        // So that there is something to prune.
        Assert.Null(await whole.DoAsync(Work.Forget, chance));
        scene.Change(chance);
        var before = await scene.SnapshotsAsync();

        var faults = new FaultPlan(seed) { EndsAfter = chance.Next(Requests(work)), TearsWrites = true, IsSlow = chance.Next(2) == 0 };
        var line = new FaultyBackend(scene.Store, work == Work.Copy && chance.Next(2) == 0 ? new FaultPlan(seed) : faults);
        var other = new FaultyBackend(copies.Store, faults);
        await ExpectToldAsync(work, scene, copies, line, other, chance);

        await TidyUpAsync(scene);
        await TidyUpAsync(copies);
        await scene.ExpectSoundAsync(allowHints: true);
        await copies.ExpectSoundAsync(allowHints: true);
        if (work != Work.Forget) Assert.Empty(before.Except(await scene.SnapshotsAsync()));
        Assert.Null(await whole.DoAsync(work, chance));
        Assert.Null(await whole.DoAsync(Work.Prune, chance));
        await scene.ExpectSoundAsync();
        await copies.ExpectSoundAsync(allowHints: true);
        return line.HasEnded || other.HasEnded;
    }

    /// <summary>Either it was done in spite of all, which <see cref="FaultWork"/> verifies, or it says in the product's words that it was not.</summary>
    private static async Task ExpectToldAsync(Work work, FaultScene scene, FaultScene copies, FaultyBackend line, FaultyBackend other, Random chance)
    {
        try
        {
            using var repository = await FaultScene.OpenAsync(Retried(line));
            using var target = await FaultScene.OpenAsync(Retried(other));
            await new FaultWork(scene, copies, repository, target).DoAsync(work, chance);
        }
        catch (HoldfastException error)
        {
            Assert.True(line.HasEnded || other.HasEnded, $"{work}: {error.Kind}: {error.Message}");
            Assert.True(error.Kind is FailureKind.Unavailable, $"{work}: {error.Kind}: {error.Message}");
        }
    }

    private static RetryingBackend Retried(FaultyBackend line) =>
        new(line, new RetryOptions { FirstPause = TimeSpan.FromMicroseconds(1), LongestPause = TimeSpan.FromMicroseconds(1) }, TimeProvider.System);

    /// <summary>What the messages of the next command would say: a lock that stayed, and a file of which only the beginning came.</summary>
    private static async Task TidyUpAsync(FaultScene scene)
    {
        await scene.UnlockAsync();
        foreach (var torn in await TornAsync(scene))
        {
            if (torn.Type == FileType.Snapshot) await scene.Store.DeleteAsync(torn, Token);
            if (torn.Type == FileType.Index) await RepairIndexAsync(scene.Repository);
        }
    }

    private static async Task<IReadOnlyList<FileHandle>> TornAsync(FaultScene scene)
    {
        var torn = new List<FileHandle>();
        foreach (var type in new[] { FileType.Snapshot, FileType.Index })
        {
            foreach (var file in await scene.Repository.ListAsync(type, Token))
                if (Id.Of(await scene.Store.ReadAllAsync(file.Handle, Token)) != file.Handle.Id) torn.Add(file.Handle);
        }

        return torn;
    }

    private static async Task RepairIndexAsync(Repository repository)
    {
        var error = await Assert.ThrowsAsync<HoldfastException>(() => repository.LoadIndexAsync(Token));
        Assert.Contains("repair index", error.Hint, StringComparison.Ordinal);
        var repair = new IndexRepair(repository, readAllPacks: false, new RepairOptions());
        await using var held = await RepositoryLock.AcquireAsync(repository, exclusive: true, new("host", "tester", 1, 0, 0), FaultScene.Clock, Token);
        await repair.ExecuteAsync(await repair.PlanAsync(Token), held, Token);
    }

    /// <summary>About as many as the work takes, so that it is cut off anywhere.</summary>
    private static int Requests(Work work) => work switch
    {
        Work.Restore => 25,
        Work.Forget => 15,
        _ => 40,
    };
}
