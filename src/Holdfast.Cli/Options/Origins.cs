using Holdfast.Cli.Commands;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Options;

/// <summary>Tells the snapshots of the manifest's application from those of others of its name.</summary>
internal static class Origins
{
    /// <summary>Where the manifest's application is; null without one.</summary>
    internal static SnapshotOrigin? Here(Session session) =>
        session.Manifest is { } manifest ? new SnapshotOrigin(session.Identity.HostName, FilePath.From(manifest.Application.Root)) : null;

    /// <summary>Where the snapshots of the manifest's application are of; null without one, and where the repository's index cannot be read.</summary>
    internal static async Task<SnapshotOrigins?> ReadAsync(
        Session session, Repository repository, IReadOnlyList<StoredSnapshot> snapshots, CancellationToken cancellationToken)
    {
        if (session.Manifest is not { } manifest) return null;
        var tag = ApplicationTag.Of(manifest.Application.Application);
        try
        {
            var reader = new BlobReader(repository, await repository.LoadIndexAsync(cancellationToken));
            return await SnapshotOrigins.ReadAsync(reader, snapshots.Where(stored => stored.Snapshot.Tags.Contains(tag)), cancellationToken);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            // Whatever is done with the snapshot needs the index, too, and says what is wrong with it.
            return null;
        }
    }

    /// <summary>The restore points of the application here; all of its name where none is.</summary>
    internal static async Task<IReadOnlyList<StoredSnapshot>> OwnAsync(
        Session session, Repository repository, IReadOnlyList<StoredSnapshot> snapshots, CancellationToken cancellationToken)
    {
        if (Here(session) is not { } here || await ReadAsync(session, repository, snapshots, cancellationToken) is not { } origins) return snapshots;
        var tag = ApplicationTag.Of(session.Manifest!.Application.Application);
        var own = snapshots.Where(stored => origins.IsOf(stored, here)).ToList();
        return own.Exists(stored => stored.Snapshot.Tags.Contains(tag)) ? own : snapshots;
    }
}
