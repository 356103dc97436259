using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>Looks where an interrupted restore of anybody may have left its marker.</summary>
internal sealed class MarkedPlaces(RestoreSurroundings surroundings, TimeProvider clock)
{
    // Anybody may put anything into such a folder.
    private const uint StickyBit = 0x200;

    private string Host => surroundings.Identity.HostName;

    /// <summary>The marker of the application, or of one whose folder holds what a plan replaces; null when there is none.</summary>
    internal (FilePath Path, RestoreMarker Marker)? Find(RestorePlan plan)
    {
        foreach (var path in Places(plan))
            if (RestoreMarker.TryRead(path) is { } marker) return (path, marker);
        return null;
    }

    /// <exception cref="HoldfastException">Locked: it goes on just now. Busy: it was interrupted, and the request does not say to go over that.</exception>
    internal void Refuse(RestoreMarker marker, bool mayGoOver)
    {
        if (marker.IsRunning(Host))
        {
            throw new HoldfastException(
                FailureKind.Locked, $"{marker.Describe(clock.LocalTimeZone)}: it is running (process {marker.Process})", "wait until it is done");
        }

        if (!mayGoOver) throw new HoldfastException(FailureKind.Busy, marker.Describe(clock.LocalTimeZone), Advice(marker));
    }

    /// <summary>One sentence for a plan.</summary>
    internal string Describe(RestoreMarker marker) => $"{marker.Describe(clock.LocalTimeZone)}; {Advice(marker)}";

    private string Advice(RestoreMarker marker) => marker.Advice(surroundings.StateFolder, Host);

    private IEnumerable<FilePath> Places(RestorePlan plan)
    {
        var folders = new HashSet<FilePath>();
        foreach (var path in plan.Items.Select(item => item.Destination).Concat(plan.Removed).Concat(plan.RemovedFolders))
        {
            var folder = path.Parent;
            while (folder is not null && folders.Add(folder)) folder = folder.Parent;
        }

        var around = folders.Where(IsTrusted).Select(folder => ApplicationKey.OfRoot(folder).Marker!).Order();
        return surroundings.Application.Marker is { } own ? around.Prepend(own).Distinct() : around;
    }

    private static bool IsTrusted(FilePath folder) =>
        FileSystem.TryStatus(folder, followLinks: true) is { IsDirectory: true } status && (status.Mode & StickyBit) == 0;
}
