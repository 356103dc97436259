using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Backups;

/// <summary>Compares how much a backup holds with the last proven one: what has shrunk by much may have been lost before it was backed up.</summary>
internal sealed class Plausibility
{
    private readonly SnapshotMeasures? _proven;
    private readonly string _name;
    private readonly double _share;

    private Plausibility(SnapshotMeasures? proven, string name, double share) => (_proven, _name, _share) = (proven, name, share);

    /// <param name="proven">The last proven snapshot; null when there is none, which leaves nothing to compare with.</param>
    /// <param name="reader">Reads its record.</param>
    /// <param name="share">By how much a backup may have shrunk: 0 to 1.</param>
    /// <param name="notice">Told when that record cannot be read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    internal static async Task<Plausibility> AgainstAsync(
        StoredSnapshot? proven, BlobReader reader, double share, Action<string> notice, CancellationToken cancellationToken)
    {
        if (proven is null) return new Plausibility(null, string.Empty, share);
        SnapshotRecord? record = null;
        try
        {
            record = await new SnapshotRecordReader(reader).ReadAsync(proven.Snapshot, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound or FailureKind.Failed)
        {
            notice($"the rows of the proven snapshot {proven.Id.Short} are not known, so that only sizes could be compared: {error.Message}");
        }

        return new Plausibility(SnapshotMeasures.Of(proven.Snapshot, record), proven.Id.Short, share);
    }

    internal IReadOnlyList<string> Doubts(IReadOnlyList<DatabaseRecord> databases, long bytes) => _proven is null
        ? []
        : SnapshotMeasures.Of(bytes, databases).DoubtsSince(_proven, _name, _share);
}
