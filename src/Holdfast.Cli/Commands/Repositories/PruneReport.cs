using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Pruning;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary>What prune will do or did, in words and as JSON.</summary>
internal static class PruneReport
{
    internal static void Print(Screen screen, PrunePlan plan)
    {
        screen.Line($"{HumanFormat.Count(plan.Snapshots, "snapshot needs", "snapshots need")} {HumanFormat.Size(plan.UsedBytes)}; {HumanFormat.Size(plan.UnusedBytes + plan.UnlistedBytes)} are needed by none");
        if (plan.IsEmpty)
        {
            screen.Line("there is nothing to do");
            return;
        }

        if (plan.Unlisted.Count > 0) screen.Line($"  remove  {Packs(plan.Unlisted.Count)} that no index lists, as interrupted backups leave them ({HumanFormat.Size(plan.UnlistedBytes)})");
        if (plan.Remove.Count > 0) screen.Line($"  remove  {Packs(plan.Remove.Count)} of which nothing is needed ({HumanFormat.Size(plan.Remove.Sum(file => file.Size))})");
        if (plan.Repack.Count > 0) screen.Line($"  copy    what is needed of {Packs(plan.Repack.Count)} ({HumanFormat.Size(plan.CopiedBytes)} of {HumanFormat.Size(plan.Repack.Sum(file => file.Size))}), then remove them");
        if (plan.Missing.Count > 0) screen.Line($"  forget  {Packs(plan.Missing.Count)} that are missing and of which nothing is needed");
        if (plan.IndexFiles.Count > 0) screen.Line($"  rewrite {HumanFormat.Count(plan.IndexFiles.Count, "index file", "index files")}");
        screen.Line($"  keep    {Packs(plan.Kept)} as they are");
        screen.Line($"frees {HumanFormat.Size(plan.FreedBytes)}; {HumanFormat.Size(plan.RemainingUnusedBytes)} that nothing needs stay, which is less than copying would cost");
    }

    internal static void Print(Screen screen, PrunePlan plan, PruneResult result)
    {
        foreach (var problem in result.Problems) screen.Warning(problem);
        if (plan.IsEmpty)
        {
            Print(screen, plan);
            return;
        }

        var copied = result.CopiedBlobs > 0 ? $", copied {HumanFormat.Size(result.CopiedBytes)}" : string.Empty;
        screen.Marked(result.Problems.Count > 0 ? Mark.Note : Mark.Good, $"freed {HumanFormat.Size(plan.FreedBytes)}: removed {Packs(result.RemovedPacks)} ({HumanFormat.Size(result.RemovedBytes)}){copied}");
    }

    internal static PruneDocument Document(PrunePlan plan, PruneResult? result) => new(
        result is null,
        plan.Snapshots,
        plan.UsedBytes,
        plan.UnusedBytes,
        plan.Unlisted.Count,
        plan.UnlistedBytes,
        plan.Remove.Count,
        plan.Repack.Count,
        plan.Kept,
        plan.Missing.Count,
        result?.CopiedBytes ?? plan.CopiedBytes,
        plan.FreedBytes,
        plan.RemainingUnusedBytes,
        result?.Problems ?? []);

    private static string Packs(int count) => HumanFormat.Count(count, "pack", "packs");
}

/// <summary>The JSON of <c>prune</c>. Sizes in bytes.</summary>
internal sealed record PruneDocument(
    bool DryRun,
    int Snapshots,
    long UsedBytes,
    long UnusedBytes,
    int UnlistedPacks,
    long UnlistedBytes,
    int RemovedPacks,
    int RepackedPacks,
    int KeptPacks,
    int MissingPacks,
    long CopiedBytes,
    long FreedBytes,
    long RemainingUnusedBytes,
    IReadOnlyList<string> Problems);
