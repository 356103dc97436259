using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>What whoever restores a snapshot here should know before.</summary>
internal sealed class RestoreRemarks(RestoreSurroundings surroundings, StoredSnapshot snapshot, ServiceLifecycle? service)
{
    /// <summary>One sentence each.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="plan">What will be done.</param>
    /// <param name="left">What an interrupted restore has left; null for none.</param>
    internal IEnumerable<string> On(RestoreRequest request, RestorePlan plan, RestoreMarker? left)
    {
        if (surroundings.Manifest is null && snapshot.Snapshot.Tags.Any(tag => tag.StartsWith("app=", StringComparison.Ordinal)))
            yield return "the snapshot is not of the application whose manifest is at hand, or there is no manifest: no service is stopped or started";
        if (request.Start && service is null)
            yield return "nothing says how the application is started: start it yourself, or write `service` into holdfast.yaml";
        if (service?.Hindrance is { } hindrance)
            yield return $"{hindrance}: the application is taken as stopped unless it answers{(request.Start ? string.Empty : ", and is not started in the end without --start")}";
        if (surroundings.Manifest is { } manifest && plan.Replaced.Any(item => item.Destination == manifest.Path))
            yield return $"the manifest \"{manifest.Path.Display}\" itself is replaced by that of the snapshot";
        if (left is null || !request.OverInterrupted) yield break;
        yield return $"{left.Problem}; this restore goes over it, and old files that it left beside the new ones stay as NAME.before-restore-TIME";
        if (service is not null && !request.Start)
            yield return "the interrupted restore may have stopped the application, and nobody knows any more: with --start this one starts it in the end, else start it yourself";
    }

    /// <summary>Where the snapshot is of, when that is not here; null when it is.</summary>
    internal SnapshotOrigin? Origin(SnapshotRecord? record)
    {
        var origin = new SnapshotOrigin(snapshot.Snapshot.Hostname ?? string.Empty, record?.Root is ['/', ..] root ? FilePath.From(root) : null);
        var isElsewhere = origin.Host != surroundings.Identity.HostName
            || (origin.Root is { } there && surroundings.Place is { } place && place.Root != there);
        return isElsewhere ? origin : null;
    }
}
