using System.Runtime.CompilerServices;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Comparisons;

/// <summary>
/// What is different between two snapshots: files, and what their records say of databases. Holdfast's own record, which is always another,
/// is left out. One comparison is used once.
/// </summary>
public sealed class SnapshotComparison
{
    private readonly SnapshotRecordReader _records;
    private readonly TreeComparison _trees;
    private readonly Snapshot _old;
    private readonly Snapshot _current;
    private readonly List<string> _problems = [];

    public SnapshotComparison(BlobReader reader, Snapshot old, Snapshot current)
    {
        _records = new SnapshotRecordReader(reader);
        (_old, _current) = (old, current);
        var own = RecordPlace.CandidatesFor(old.Paths).Concat(RecordPlace.CandidatesFor(current.Paths)).ToHashSet();
        _trees = new TreeComparison(reader, own.Contains);
    }

    /// <summary>How much differs; all of it once the changes have been enumerated.</summary>
    public ChangeTotals Totals { get; } = new();

    /// <summary>What could not be compared, one sentence each.</summary>
    public IReadOnlyList<string> Problems => [.. _problems, .. _trees.Problems];

    /// <summary>The differences in files and folders.</summary>
    /// <exception cref="HoldfastException">Damaged: a tree that no honest program writes.</exception>
    public async IAsyncEnumerable<TreeChange> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var change in _trees.ChangesAsync(_old.Tree, _current.Tree, cancellationToken).ConfigureAwait(false))
        {
            Totals.Add(change);
            yield return change;
        }
    }

    /// <summary>The databases of both; empty where a stock restic made one of them, or where a record cannot be read, which is a problem then.</summary>
    public async Task<IReadOnlyList<DatabaseChange>> DatabasesAsync(CancellationToken cancellationToken)
    {
        var old = await RecordAsync(_old, cancellationToken).ConfigureAwait(false);
        var current = await RecordAsync(_current, cancellationToken).ConfigureAwait(false);
        return old is null || current is null ? [] : DatabaseComparison.Of(old, current);
    }

    private async Task<SnapshotRecord?> RecordAsync(Snapshot snapshot, CancellationToken cancellationToken)
    {
        try
        {
            return await _records.ReadAsync(snapshot, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound or FailureKind.Failed)
        {
            _problems.Add($"the databases were not compared: {error.Message}");
            return null;
        }
    }
}
