using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Repairing;
using Xunit;

namespace Holdfast.Tests.Restic.Repairing;

/// <summary>What tests of repairs do again and again.</summary>
internal static class Repaired
{
    private static readonly RepairOptions Options = new() { Workers = 2 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task<(IndexRepairPlan Plan, IndexRepairResult Result)> IndexAsync(Repository repository, bool readAllPacks = false) =>
        RunAsync(repository, new IndexRepair(repository, readAllPacks, Options));

    public static Task<(PackRepairPlan Plan, PackRepairResult Result)> PacksAsync(Repository repository, params IReadOnlyList<string> packs) =>
        RunAsync(repository, new PackRepair(repository, packs, Options));

    public static Task<(SnapshotRepairPlan Plan, SnapshotRepairResult Result)> SnapshotsAsync(Repository repository, bool forget, params IReadOnlyList<string> snapshots) =>
        RunAsync(repository, new SnapshotRepair(repository, new SnapshotRepairOptions { Snapshots = snapshots, Forget = forget }, Options));

    /// <summary>What a thorough check calls an error.</summary>
    public static async Task<IReadOnlyList<string>> ErrorsAsync(Repository repository)
    {
        var result = await new RepositoryCheck(repository, new CheckOptions { ReadData = true }).ExecuteAsync(Token);
        return [.. result.Findings.Where(finding => finding.Severity == CheckSeverity.Error).Select(finding => $"{finding.Subject} {finding.Message}")];
    }

    public static Task RemoveLocksAsync(Repository repository) => LockFiles.RemoveAsync(repository, all: true, "host", TimeProvider.System, Token);

    /// <summary>
    /// Ends the storage before and after every change, one after another, and each time looks at what is there, repairs again, and looks once more.
    /// </summary>
    public static async Task EndAnywhereAsync(
        Func<Task<SampleRepository>> make, Func<Repository, Task> repair, int fewestChanges, Func<SampleRepository, Task> expectNothingLost, Func<SampleRepository, Task> expectDone)
    {
        foreach (var afterTheChange in (bool[])[false, true])
        {
            for (var last = 0; ; last++)
            {
                using var sample = await make();
                using (var repository = await Repository.OpenAsync(new EndingBackend(sample.Backend, last, afterTheChange), SampleRepository.Passphrase, Token))
                {
                    if (await Record.ExceptionAsync(() => repair(repository)) is null)
                    {
                        Assert.True(last >= fewestChanges, $"only {last} changes");
                        break;
                    }
                }

                await RemoveLocksAsync(sample.Repository);
                await expectNothingLost(sample);
                await repair(sample.Repository);
                await expectDone(sample);
            }
        }
    }

    public static async Task<FileHandle> PackOfAsync(Repository repository, Holdfast.Restic.Format.BlobHandle blob) =>
        new(FileType.Pack, (await repository.LoadIndexAsync(Token)).Locate(blob)!.Value.Pack);

    private static async Task<(TPlan Plan, TResult Result)> RunAsync<TPlan, TResult>(Repository repository, IRepair<TPlan, TResult> repair)
    {
        await using var held = await RepositoryLock.BeginAsync(repository, exclusive: true, SampleRepository.Client, TimeProvider.System, Token);
        var plan = await repair.PlanAsync(Token);
        return (plan, await repair.ExecuteAsync(plan, held, Token));
    }
}
