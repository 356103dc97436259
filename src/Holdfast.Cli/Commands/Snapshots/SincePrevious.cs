using Holdfast.Cli.Output;
using Holdfast.Engine.Comparisons;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary>How a snapshot differs from the one before, in numbers. What could not be compared is among the problems.</summary>
internal sealed record SincePrevious(StoredSnapshot Previous, ChangeTotals Totals, IReadOnlyList<DatabaseChange> Databases, SincePreviousDocument Document)
{
    internal static async Task<SincePrevious> CompareAsync(
        BlobReader reader, StoredSnapshot previous, StoredSnapshot current, CancellationToken cancellationToken)
    {
        var comparison = new SnapshotComparison(reader, previous.Snapshot, current.Snapshot);
        var problems = new List<string>();
        try
        {
            await foreach (var change in comparison.ChangesAsync(cancellationToken)) _ = change;
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            // The one before may be damaged; this one is shown all the same.
            problems.Add($"the comparison with {previous.Id.Short} ended early: {error.Message}");
        }

        IReadOnlyList<DatabaseChange> databases = [.. (await comparison.DatabasesAsync(cancellationToken)).Where(database => !database.IsSameInNumbers)];
        var summary = DiffReport.Document(previous, current, comparison);
        summary = summary with { Problems = [.. problems, .. summary.Problems] };
        return new SincePrevious(previous, comparison.Totals, databases, new SincePreviousDocument(summary, [.. databases.Select(DiffReport.Document)]));
    }
}
