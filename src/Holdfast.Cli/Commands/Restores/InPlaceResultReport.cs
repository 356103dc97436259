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
        if (result.Safety is { } safety) screen.Line($"the state before is snapshot {safety[..ShortId]}; `holdfast {(isRollback ? $"restore {safety[..ShortId]}" : "rollback")}` brings it back");
        screen.Json(
            new RestoreDocument(
                result.Snapshot, null, result.Files, result.Databases, result.Bytes, result.Seconds, result.Problems, result.Notices)
            {
                Operation = operation,
                SafetySnapshotId = result.Safety,
                Removed = result.Removed,
                Created = [.. result.Created.Select(path => path.ToString())],
                Kept = [.. result.Kept.Select(path => path.ToString())],
                BytesReused = result.BytesReused,
                DownSeconds = result.DownSeconds,
                Service = result.Service,
            },
            CliJson.Default.RestoreDocument);
    }

    private static string Sentence(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
