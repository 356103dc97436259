using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Restic;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Restores;

/// <summary>Prints the plan of a restore in place: what is stopped, saved, replaced, created and removed, and what is in the way.</summary>
internal static class InPlacePlanReport
{
    /// <summary>As the dry run; returns the exit code.</summary>
    internal static int Print(Session session, Repository repository, ApplicationRestorePlan plan)
    {
        var screen = session.Screen;
        Show(session, repository, plan);
        var refused = plan.Obstacles.Count > 0;
        var restore = plan.Restore;
        var what = $"{HumanFormat.Count(plan.Databases, "database", "databases")} and {HumanFormat.Count(restore.Files, "file", "files")}";
        screen.Line(refused
            ? $"nothing was done; {what} could not be restored in place now"
            : $"nothing was done; {what}, {HumanFormat.Size(plan.Bytes)}, would be restored in place");
        screen.Json(DocumentOf(plan.Snapshot, plan), CliJson.Default.RestorePlanDocument);
        return refused ? ExitCode.Bad : ExitCode.Done;
    }

    internal static void Show(Session session, Repository repository, ApplicationRestorePlan plan)
    {
        var (screen, restore) = (session.Screen, plan.Restore);
        screen.Line(Subject(session, repository, plan.Snapshot));
        if (plan.From is { } from) screen.Line($"from     {from}");
        foreach (var notice in restore.Notices) screen.Notice(notice);
        foreach (var problem in restore.Problems) screen.Warning(problem);
        if (plan.Service is { } service) screen.Line($"{(plan.Stops ? "stop     " : "leave    ")}{plan.ServiceSubject}: {service.Detail}");
        if (plan.Saves) screen.Line($"save     the present state first, {HumanFormat.Size(plan.SafetyBytes)} at most");
        foreach (var item in restore.Replaced) screen.Line($"replace  {Describe(item)}");
        foreach (var item in restore.Created) screen.Line($"create   {Describe(item)}");
        foreach (var database in plan.Served)
        {
            screen.Line($"{(database.Replaces ? "replace " : "create  ")} {Printable.Line(database.Target.Display)}, dump of {HumanFormat.Size(database.Bytes)}, database");
            foreach (var user in database.Sessions) screen.Line($"in use   {Printable.Line(user.Words)}{(plan.Request.EndConnections ? ", will be ended" : plan.Stops ? ", must be gone when the application is stopped" : string.Empty)}");
        }

        foreach (var name in plan.RemovedDatabases) screen.Line($"remove   the database {Printable.Line(name)} from its server");
        foreach (var path in restore.Removed.Concat(restore.RemovedFolders).Order()) screen.Line($"remove   {path.Display}");
        if (plan.Starts) screen.Line($"start    {plan.ServiceSubject}");
        foreach (var room in restore.Space.Concat(plan.Served.Select(database => database.Space).OfType<SpaceDemand>()))
            screen.Line($"room     {HumanFormat.Size(room.Needed)} needed, {HumanFormat.Size(room.Free)} free at {room.Place.Display}");
        foreach (var obstacle in plan.Obstacles) screen.Marked(Mark.Bad, obstacle);
    }

    internal static string Question(ApplicationRestorePlan plan, string? takesBack, TimeZoneInfo zone) =>
        $"{(takesBack is null ? "Restore" : $"Take back {takesBack}; and go back to")} snapshot {plan.Snapshot.Id.Short} of {TimeOf(plan.Snapshot, zone)}{(plan.From is { } from ? $", which is of {from}" : string.Empty)}?";

    private static string Subject(Session session, Repository repository, StoredSnapshot snapshot)
    {
        var age = HumanFormat.Duration(session.Clock.GetUtcNow() - snapshot.Snapshot.Time.ToDateTimeOffset());
        var tags = snapshot.Snapshot.Tags.Count > 0 ? $", tags {string.Join(", ", snapshot.Snapshot.Tags.Select(Printable.Line))}" : string.Empty;
        return $"restore  {(session.IsPassing ? "the archive, as a new snapshot," : $"snapshot {snapshot.Id.Short}")} of {TimeOf(snapshot, session.Clock.LocalTimeZone)}, {age} old, proven: {Proofs.Load(session, repository).Word(snapshot)}{tags}";
    }

    private static string TimeOf(StoredSnapshot snapshot, TimeZoneInfo zone) => HumanFormat.Time(snapshot.Snapshot.Time.ToDateTimeOffset(), zone);

    private static string Describe(RestoreItem item)
    {
        var size = item.IsFile ? $", {HumanFormat.Size(item.Bytes)}" : string.Empty;
        return $"{item.Destination.Display}{size}{(item.IsDatabase ? ", database" : string.Empty)}";
    }

    private static RestorePlanDocument DocumentOf(StoredSnapshot snapshot, ApplicationRestorePlan plan)
    {
        var restore = plan.Restore;
        return new RestorePlanDocument(
            snapshot.Id.ToString(),
            null,
            restore.Files,
            plan.Databases,
            plan.Bytes,
            [.. restore.Replaced.Select(item => item.Destination.ToString())],
            [.. restore.Created.Select(item => item.Destination.ToString())],
            [.. restore.Space.Concat(plan.Served.Select(database => database.Space).OfType<SpaceDemand>()).Select(demand => new SpaceDocument(demand.Place.ToString(), demand.Needed, demand.Free))],
            plan.Obstacles,
            restore.Problems,
            restore.Notices)
        {
            Removed = [.. restore.Removed.Concat(restore.RemovedFolders).Order().Select(path => path.ToString())],
            Stops = plan.Stops ? plan.ServiceSubject : null,
            Starts = plan.Starts ? plan.ServiceSubject : null,
            SafetyBytes = plan.SafetyBytes,
            Served =
            [
                .. plan.Served.Select(database => new ServedPlanDocument(
                    database.Record!.Name,
                    database.Target.Database,
                    database.Target.Host,
                    database.Target.Port,
                    database.Replaces,
                    database.Bytes,
                    database.PresentBytes,
                    [.. database.Sessions.Select(user => new DbSessionDocument(user.Process, user.Role, user.Program, user.Client, user.State))])),
            ],
            RemovedDatabases = plan.RemovedDatabases,
        };
    }
}
