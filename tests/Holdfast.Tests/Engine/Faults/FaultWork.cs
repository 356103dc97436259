using Holdfast.Engine.Drills;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Retention;
using Holdfast.Restic;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Copying;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Pruning;
using Holdfast.Restic.Snapshots;
using Xunit;

namespace Holdfast.Tests.Engine.Faults;

/// <summary>
/// Does work on a scene's repository, over a line that may be bad. Whatever it reports as done is looked for in the storage itself: a success that
/// is none fails the test.
/// </summary>
/// <param name="scene">Of the repository.</param>
/// <param name="copies">Of the repository that snapshots are copied to.</param>
/// <param name="repository">The same repository over the line.</param>
/// <param name="target">That of the copies, over the line.</param>
/// <param name="seesAll">Lists show what is there, so that what is done is done to all of it.</param>
internal sealed class FaultWork(FaultScene scene, FaultScene copies, Repository repository, Repository target, bool seesAll = true)
{
    private static readonly ClientIdentity Owner = new("host", "tester", Environment.ProcessId, 0, 0);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <returns>What was told not to have succeeded; null when all was done.</returns>
    public Task<string?> DoAsync(Work work, Random chance) => work switch
    {
        Work.Backup => BackupAsync(),
        Work.Restore => RestoreAsync(chance),
        Work.Forget => ForgetAsync(chance),
        Work.Prune => PruneAsync(),
        Work.Check => CheckAsync(),
        _ => CopyAsync(),
    };

    private async Task<string?> BackupAsync()
    {
        var result = await scene.BackupAsync(repository);
        if (result.Problems is [var problem, ..]) return problem;
        Assert.Contains(result.SnapshotId, await scene.SnapshotsAsync());
        return null;
    }

    private async Task<string?> RestoreAsync(Random chance)
    {
        var snapshot = Pick(await scene.SnapshotsAsync(), chance);
        var (result, contents) = await scene.RestoreAsync(repository, snapshot);
        if (result.Problems is [var problem, ..]) return problem;
        Assert.Equal(scene.Saved[snapshot], contents);
        return null;
    }

    private async Task<string?> ForgetAsync(Random chance)
    {
        var snapshots = await scene.SnapshotsAsync();
        if (snapshots.Count < 2) return null;
        var snapshot = Pick(snapshots, chance);
        var removal = new NamedRemoval([snapshot.ToString()], isForced: false, ProofBook.Empty, FaultScene.Clock);
        var run = new ForgetRun(repository, removal.Plan, Owner, FaultScene.Clock, new OperationProgress(), static _ => { });
        var result = await run.ExecuteAsync(shown: null, Token);
        if (result.Failure is { } failure) return failure.Message;
        Assert.DoesNotContain(snapshot, await scene.SnapshotsAsync());
        return null;
    }

    private async Task<string?> PruneAsync()
    {
        var options = new PruneOptions { MaximumUnused = new UnusedLimit.Bytes(0), Workers = 4 };
        var result = await new LockedWork(repository, exclusive: true, Owner, FaultScene.Clock, static _ => { }).BeginAsync(
            async (held, token) =>
            {
                await held.ConfirmAsync(token);
                var plan = await new PrunePlanner(repository, options).PlanAsync(token);
                return await new PruneRun(repository, plan, options, held, FaultScene.Clock).ExecuteAsync(token);
            },
            Token);
        if (result.Problems is [var problem, ..]) return problem;
        if (seesAll) Assert.Equal(0, (await new PrunePlanner(scene.Repository, options).PlanAsync(Token)).UnusedBytes);
        return null;
    }

    private async Task<string?> CheckAsync()
    {
        var packs = (await scene.Repository.ListAsync(Holdfast.Restic.Backends.FileType.Pack, Token)).Sum(pack => pack.Size);
        var check = new RepositoryCheck(repository, new CheckOptions { ReadData = true, Workers = 4 });
        var result = await new LockedWork(repository, exclusive: true, Owner, FaultScene.Clock, static _ => { }).RunAsync(check.ExecuteAsync, Token);
        if (result.Findings.FirstOrDefault(finding => finding.Severity != CheckSeverity.Hint) is { } finding) return finding.Message;
        // What no index lists was not read: packs that were cut off.
        if (result.Findings.Count == 0 && seesAll) Assert.Equal(packs, result.BytesRead);
        return null;
    }

    private async Task<string?> CopyAsync()
    {
        var result = await new LockedWork(target, exclusive: false, Owner, FaultScene.Clock, static _ => { }).BeginAsync(
            async (held, token) =>
            {
                await held.ConfirmAsync(token);
                var (wanted, there) = (await SnapshotFiles.LoadAllAsync(repository, token), await SnapshotFiles.LoadAllAsync(target, token));
                var plan = CopyPlan.Of(repository, target, wanted.Readable, there.Readable);
                var run = new CopyRun(repository, target, new CopyOptions { Workers = 4, BatchBytes = 100_000, RequireHeld = held.RequireHeldAsync }, FaultScene.Clock);
                return await run.ExecuteAsync(plan.Missing, token);
            },
            Token);
        foreach (var copied in result.Copied) copies.Saved[copied.Id] = scene.Saved[copied.Source.Id];
        if (result.Failed is [var failed, ..]) return failed.Why;
        var originals = (await SnapshotFiles.LoadAllAsync(copies.Repository, Token)).Readable.Select(copy => copy.Snapshot.Original!.Value).ToHashSet();
        if (seesAll) Assert.Subset(originals, (await scene.SnapshotsAsync()).ToHashSet());
        return null;
    }

    private static Id Pick(IReadOnlyList<Id> snapshots, Random chance) => snapshots[chance.Next(snapshots.Count)];
}
