using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>What follows from where, for whom and of what a restore is, whatever becomes of it.</summary>
/// <param name="surroundings">Of the application.</param>
/// <param name="snapshot">What is restored.</param>
/// <param name="clock">For times.</param>
internal sealed class RestoreTerms(RestoreSurroundings surroundings, StoredSnapshot snapshot, TimeProvider clock)
{
    /// <summary>What the restore works with.</summary>
    internal RestoreOptions Options(RestoreRequest request) => new()
    {
        Snapshot = snapshot,
        // A resumed one names parts by their paths, of which some may be missing.
        Include = request.IncludeIsExact ? request.Include : [],
        Parts = request.IncludeIsExact ? [] : request.Include,
        Remove = request.Remove,
        Delete = request.Delete,
        Excluded = surroundings.Manifest?.Application.Exclude,
        PidFile = surroundings.Manifest?.Application.Service?.PidFile is { } file ? FilePath.From(file) : null,
        OnlyRemoves = request.OnlyRemoves,
        AcceptsContent = request.AcceptsContent,
        Place = surroundings.Place,
        Forbidden = surroundings.Own,
        Identity = surroundings.Identity,
    };

    /// <summary>What it tells everybody.</summary>
    internal RestoreMarker Marker(long number, RestoreRequest request) => new()
    {
        Operation = number,
        Title = Title(request),
        User = surroundings.Identity.UserName,
        Host = surroundings.Identity.HostName,
        Since = clock.GetLocalNow(),
        StateFolder = surroundings.StateFolder.ToString(),
        Snapshot = request.Snapshot,
        Only = request.Include.Count == 0 ? null : [.. request.Include.Take(RestoreMarker.MostParts + 1).Select(path => path.ToString())],
    };

    /// <summary>How the present state is saved.</summary>
    /// <param name="left">What an interrupted restore has left; null for nothing.</param>
    internal BackupOptions Safety(RestoreMarker? left) => new()
    {
        Targets = [],
        KnownProblems = left is null ? [] : [left.Problem],
        Own = surroundings.Own,
        Application = surroundings.Manifest?.Application.Application,
        Manifest = surroundings.Manifest?.Path,
        Identity = surroundings.Identity,
        Program = surroundings.Program,
    };

    /// <summary>One line for people.</summary>
    internal string Title(RestoreRequest request)
    {
        var time = HumanFormat.Time(snapshot.Snapshot.Time.ToDateTimeOffset(), clock.LocalTimeZone);
        var part = request.Include.Count > 0 ? "a part of " : string.Empty;
        return request.RollsBack is { } number
            ? $"roll back operation {number} to snapshot {snapshot.Id.Short} of {time}"
            : $"restore {part}snapshot {snapshot.Id.Short} of {time}";
    }
}
