using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Backups;

/// <summary>Which snapshot a backup goes on from (section 16.2 of the format).</summary>
internal sealed class ParentChoice(BackupOptions options)
{
    /// <summary>Without those of other applications of the same name, on other hosts or in other folders.</summary>
    internal async Task<IReadOnlyList<StoredSnapshot>> OfThisApplicationAsync(IReadOnlyList<StoredSnapshot> snapshots, BlobReader reader, CancellationToken cancellationToken)
    {
        if (options is not { Application: { } application, Root: { } root }) return snapshots;
        var tag = ApplicationTag.Of(application);
        var origins = await SnapshotOrigins.ReadAsync(reader, snapshots.Where(stored => stored.Snapshot.Tags.Contains(tag)), cancellationToken).ConfigureAwait(false);
        var here = new SnapshotOrigin(options.Identity.HostName, root);
        return [.. snapshots.Where(stored => !stored.Snapshot.Tags.Contains(tag) || origins.IsOf(stored, here))];
    }

    /// <summary>
    /// What unchanged files are recognised by: the application's newest snapshot of this host, or one with the same paths. The paths of an application
    /// change whenever a pattern of its manifest matches a new file.
    /// </summary>
    internal StoredSnapshot? Find(IReadOnlyList<StoredSnapshot> snapshots, IReadOnlyList<string> paths, Timestamp now)
    {
        // A safety snapshot holds a part of the application only: most files would be read again.
        if (!options.Tags.Contains(SafetyTag.Value)) snapshots = [.. snapshots.Where(stored => !SafetyTag.IsOn(stored.Snapshot))];
        if (options.Application is null) return SnapshotSelection.FindParent(snapshots, options.Identity.HostName, paths, now);
        var ours = new SnapshotFilter { TagSets = [[ApplicationTag.Of(options.Application)]] };
        return SnapshotSelection.FindParent([.. snapshots.Where(stored => ours.Matches(stored.Snapshot))], options.Identity.HostName, [], now);
    }
}
