using Holdfast.Engine.Operations;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>
/// Whether an earlier restore of an application has not come to its end. It is told before anything else is looked for: whoever is told first that no
/// snapshot is proven, or which to choose, is sent the wrong way.
/// </summary>
public static class OpenRestore
{
    /// <returns>As <see cref="RestoreJob.ExecuteAsync"/> would refuse it; null when there is none, or one that runs just now and can be waited for.</returns>
    /// <param name="surroundings">Of the application.</param>
    /// <param name="clock">For times in the message.</param>
    /// <param name="mayGoOver">One that no journal of this user knows may be gone over.</param>
    public static HoldfastException? Of(RestoreSurroundings surroundings, TimeProvider clock, bool mayGoOver)
    {
        if (LocalState.Exists(surroundings.StateFolder))
        {
            using var state = LocalState.Open(surroundings.StateFolder);
            if (new OperationJournal(state).Unsettled(surroundings.Application.Place) is { } operation) return UnsettledOperation.Refusal(operation);
        }

        var host = surroundings.Identity.HostName;
        if (mayGoOver || surroundings.Application.Marker is not { } path || RestoreMarker.TryRead(path) is not { } marker || marker.IsRunning(host)) return null;
        return new HoldfastException(FailureKind.Busy, marker.Describe(clock.LocalTimeZone), marker.Advice(surroundings.StateFolder, host));
    }
}
