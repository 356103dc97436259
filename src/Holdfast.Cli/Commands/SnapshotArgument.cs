using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands;

/// <summary>The snapshot that an argument means.</summary>
internal static class SnapshotArgument
{
    /// <summary>Finds it. Snapshots that cannot be read are told, because the latest one may be among them.</summary>
    /// <exception cref="HoldfastException">NotFound, Usage: as <see cref="SnapshotSelection.Resolve"/>. Damaged: the one that is meant cannot be read.</exception>
    internal static async Task<StoredSnapshot> ResolveAsync(Session session, Repository repository, string argument, CancellationToken cancellationToken)
    {
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        foreach (var damaged in listing.Damaged) session.Screen.Warning($"{damaged.Why}; it was passed over; run `holdfast check`");
        try
        {
            return SnapshotSelection.Resolve(listing.Readable, argument, SnapshotFilter.All);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.NotFound && Meant(listing, argument) is not null)
        {
            throw new HoldfastException(FailureKind.Damaged, Meant(listing, argument)!.Why, "`holdfast list` shows the snapshots that can be read", error);
        }
    }

    private static DamagedSnapshot? Meant(SnapshotListing listing, string argument) =>
        listing.Damaged.FirstOrDefault(damaged => damaged.Id.ToString().StartsWith(argument, StringComparison.OrdinalIgnoreCase));
}
