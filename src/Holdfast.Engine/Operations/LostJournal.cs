using Holdfast.Engine.Files;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Operations;

/// <summary>
/// A damaged local state takes the journal with it, and with that the way back of a restore that has not come to its end: whoever just starts a new
/// one must know that first. The marker in the application's folder tells it.
/// </summary>
public static class LostJournal
{
    /// <summary>A failure in the words of who has to do something now; any that is not of a damaged local state as it is.</summary>
    /// <param name="error">What was met.</param>
    /// <param name="application">Which application it is about; null for none.</param>
    /// <param name="stateFolder">Where the local state is.</param>
    /// <param name="host">The name of this host.</param>
    /// <param name="zone">For times in the message.</param>
    public static HoldfastException Explain(HoldfastException error, ApplicationKey? application, FilePath stateFolder, string host, TimeZoneInfo zone)
    {
        if (!LocalState.IsDamage(error) || application?.Marker is not { } path || RestoreMarker.TryRead(path) is not { } marker) return error;
        var what = marker.IsRunning(host) ? $"it is running (process {marker.Process}): wait until it is done" : marker.Advice(stateFolder, host);
        return new HoldfastException(error.Kind, $"{error.Message}; and {marker.Describe(zone)}", $"{what}; of the local state: {error.Hint}", error);
    }
}
