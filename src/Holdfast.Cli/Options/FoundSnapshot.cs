using Holdfast.Cli.Commands;
using Holdfast.Restic;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Options;

/// <summary>A snapshot that was asked for, in the repository that it was found in.</summary>
/// <param name="At">The session of that repository: it alone knows its place, its passphrase and its proofs.</param>
/// <param name="Repository">Closed with this.</param>
/// <param name="Listing">All that the repository has.</param>
/// <param name="Snapshot">The one that is meant.</param>
internal sealed record FoundSnapshot(Session At, Repository Repository, SnapshotListing Listing, StoredSnapshot Snapshot) : IDisposable
{
    public void Dispose() => Repository.Dispose();
}
