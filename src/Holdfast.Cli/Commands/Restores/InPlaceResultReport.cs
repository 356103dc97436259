using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Restores;

/// <summary>What a restore in place came to.</summary>
internal static class InPlaceResultReport
{
    private const int ShortId = 8;

    internal static void Print(Session session, long operation, StoredSnapshot snapshot, ApplicationRestoreResult result, bool isRollback)
    {
        var screen = session.Screen;
        foreach (var notice in result.Notices) screen.Notice(notice);
        foreach (var problem in result.Problems) screen.Warning(problem);
        screen.Line($"snapshot {snapshot.Id.Short} of {HumanFormat.Time(snapshot.Snapshot.Time.ToDateTimeOffset(), session.Clock.LocalTimeZone)} is restored (operation {operation})");
        screen.Line(
            $"restored {HumanFormat.Count(result.Databases, "database", "databases")} and {HumanFormat.Count(result.Files, "file", "files")} in place, "
            + $"{HumanFormat.Size(result.Bytes)} in {HumanFormat.Duration(TimeSpan.FromSeconds(result.Seconds))}{(result.IsPartial ? ", but not everything" : string.Empty)}");
        if (result.BytesReused > 0) screen.Line($"{HumanFormat.Size(result.BytesReused)} of it were there already and did not have to be fetched");
        foreach (var kept in result.Kept) screen.Line($"kept for analysis: {kept.Display}");
        if (result.Kept.Count > 0) screen.Line("the safety snapshot has no sound copy of what is kept: a rollback cannot make that good");
        if (result.Service is { } service) screen.Line(Sentence(service));
        if (result.DownSeconds is { } down) screen.Line($"the application stood still for {HumanFormat.Duration(TimeSpan.FromSeconds(down))}");
        if (result.Safety is { } safety) screen.Line(Before(safety[..ShortId], result.Kept.Count > 0, isRollback || session.Manifest is null));
        screen.Json(
            new RestoreDocument(
                result.Snapshot, null, result.Files, result.Databases, result.Bytes, result.Seconds, result.Problems, result.Notices)
            {
                Operation = operation,
                SafetySnapshotId = result.Safety,
                Removed = result.Removed,
                Created = [.. result.Created.Select(path => path.ToString())],
                CreatedDatabases = result.CreatedDatabases,
                Kept = [.. result.Kept.Select(path => path.ToString())],
                BytesReused = result.BytesReused,
                DownSeconds = result.DownSeconds,
                Service = result.Service,
            },
            CliJson.Default.RestoreDocument);
    }

    /// <param name="safety">The safety snapshot's short ID.</param>
    /// <param name="isPartial">What was kept is not in it.</param>
    /// <param name="byId">A rollback does not find it: it goes back behind the restore before, and only to one of the manifest's application.</param>
    private static string Before(string safety, bool isPartial, bool byId) => isPartial
        ? $"the rest of the state before is snapshot {safety}; put what is kept back by hand if you want that state again"
        : $"the state before is snapshot {safety}; `holdfast {(byId ? $"restore {safety}" : "rollback")}` brings it back";

    private static string Sentence(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
