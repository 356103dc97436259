using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Restic.Format;

namespace Holdfast.Cli.Commands.Restores;

/// <summary>Prints what a restore to another folder would do.</summary>
internal static class RestorePlanReport
{
    /// <summary>Returns the exit code.</summary>
    internal static int Print(Screen screen, Id snapshot, RestorePlan plan)
    {
        foreach (var notice in plan.Notices) screen.Notice(notice);
        foreach (var problem in plan.Problems) screen.Warning(problem);
        foreach (var item in plan.Replaced) screen.Line($"replace  {Describe(item)}");
        foreach (var item in plan.Created) screen.Line($"create   {Describe(item)}");
        foreach (var room in plan.Space)
            screen.Line($"room     {HumanFormat.Size(room.Needed)} needed, {HumanFormat.Size(room.Free)} free at {room.Place.Display}");
        var obstacles = plan.Obstacles;
        foreach (var obstacle in obstacles) screen.Marked(Mark.Bad, obstacle);
        screen.Line(Summary(plan, obstacles.Count > 0));
        screen.Json(DocumentOf(snapshot, plan, obstacles), CliJson.Default.RestorePlanDocument);
        return obstacles.Count > 0 ? ExitCode.Bad : ExitCode.Done;
    }

    private static string Describe(RestoreItem item)
    {
        var size = item.IsFile ? $", {HumanFormat.Size(item.Bytes)}" : string.Empty;
        return $"{item.Destination.Display}{size}{(item.IsDatabase ? ", database" : string.Empty)}";
    }

    private static string Summary(RestorePlan plan, bool refused)
    {
        var place = plan.Target is { } target ? $"to {target.Display}" : "in place";
        var what = HumanFormat.Count(plan.Databases.LongCount(), "database", "databases")
            + $" and {HumanFormat.Count(plan.Files, "file", "files")}";
        return refused
            ? $"nothing was done; {what} could not be restored {place} now"
            : $"nothing was done; {what}, {HumanFormat.Size(plan.Bytes)}, would be restored {place}";
    }

    private static RestorePlanDocument DocumentOf(Id snapshot, RestorePlan plan, IReadOnlyList<string> obstacles) => new(
        snapshot.ToString(),
        plan.Target?.ToString(),
        plan.Files,
        plan.Databases.LongCount(),
        plan.Bytes,
        [.. plan.Replaced.Select(item => item.Destination.ToString())],
        [.. plan.Created.Select(item => item.Destination.ToString())],
        [.. plan.Space.Select(demand => new SpaceDocument(demand.Place.ToString(), demand.Needed, demand.Free))],
        obstacles,
        plan.Problems,
        plan.Notices);
}
