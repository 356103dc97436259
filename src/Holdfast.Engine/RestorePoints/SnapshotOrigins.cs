using Holdfast.Engine.Files;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// Where snapshots are of. The root is in their records; of those of one host and the same paths only one record is read, because these are of one
/// application. Where there is none, or it cannot be read, one looks whether the paths are below a root.
/// </summary>
public sealed class SnapshotOrigins
{
    private readonly Dictionary<string, FilePath?> _roots = new(StringComparer.Ordinal);

    private SnapshotOrigins()
    {
    }

    /// <param name="reader">Reads the repository.</param>
    /// <param name="snapshots">Those that will be asked for, in any order.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<SnapshotOrigins> ReadAsync(BlobReader reader, IEnumerable<StoredSnapshot> snapshots, CancellationToken cancellationToken)
    {
        var origins = new SnapshotOrigins();
        // Those of a state before a restore have no root, but may have the same paths.
        foreach (var group in snapshots.Where(stored => !SafetyTag.IsOn(stored.Snapshot)).GroupBy(KeyOf, StringComparer.Ordinal))
            origins._roots[group.Key] = await RootOfAsync(reader, group.MaxBy(stored => stored.Snapshot.Time)!.Snapshot, cancellationToken).ConfigureAwait(false);
        return origins;
    }

    public SnapshotOrigin Of(StoredSnapshot stored) => new(stored.Snapshot.Hostname ?? string.Empty, _roots.GetValueOrDefault(KeyOf(stored)));

    /// <summary>The snapshot is of the application here and not of another one of the same name.</summary>
    public bool IsOf(StoredSnapshot stored, SnapshotOrigin here)
    {
        if (stored.Snapshot.Hostname != here.Host) return false;
        if (here.Root is not { } root) return true;
        return Of(stored).Root is { } recorded ? recorded == root : stored.Snapshot.Paths.Any(path => path.StartsWith('/') && FilePath.From(path).IsUnder(root));
    }

    private static string KeyOf(StoredSnapshot stored) => string.Join('\0', stored.Snapshot.Paths.Order(StringComparer.Ordinal).Prepend(stored.Snapshot.Hostname));

    private static async Task<FilePath?> RootOfAsync(BlobReader reader, Snapshot snapshot, CancellationToken cancellationToken)
    {
        try
        {
            var record = await new SnapshotRecordReader(reader).ReadAsync(snapshot, cancellationToken).ConfigureAwait(false);
            return record?.Root is ['/', ..] root ? FilePath.From(root) : null;
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.Interrupted)
        {
            // Who restores or checks it is told of the damage; here its paths will do.
            return null;
        }
    }
}
