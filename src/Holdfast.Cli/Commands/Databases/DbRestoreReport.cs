using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Served;

namespace Holdfast.Cli.Commands.Databases;

/// <summary>What a restore into a server will do, and what it came to.</summary>
internal static class DbRestoreReport
{
    internal static IEnumerable<string> Lines(ServedRestorePlan plan)
    {
        var held = plan.Record is { } record
            ? $", {Printable.Line(record.Name)}: dump of {HumanFormat.Size(plan.Bytes)}, {HumanFormat.Count(record.Tables.Count, "table", "tables")}, {HumanFormat.Count(record.Tables.Values.Sum(), "row", "rows")}"
            : $", {HumanFormat.Size(plan.Bytes)}";
        yield return $"from     {Printable.Line(plan.Origin)}{held}";
        yield return $"to       {Printable.Line(plan.Target.Display)}";
        if (plan.Replaces && plan.Options.As is null)
        {
            yield return plan.Options.DropOld
                ? "replaces the database of that name, which is dropped when the new one is proven and in its place"
                : "replaces the database of that name, which is kept under another one";
        }

        foreach (var session in plan.Sessions)
            yield return $"in use   {Printable.Line(session.Words)}{(plan.Options.EndConnections ? ", will be ended" : string.Empty)}";
        foreach (var obstacle in plan.Obstacles) yield return $"FAILED   {Printable.Line(obstacle)}";
    }

    internal static void Print(Screen screen, ServedRestorePlan plan)
    {
        foreach (var line in Lines(plan)) screen.Line(line);
        screen.Json(
            new DbRestorePlanDocument(
                (plan.Options as ServedRestoreOptions)?.Snapshot.Id.ToString(),
                plan.Record?.Name,
                plan.Target.Database,
                plan.Target.Host,
                plan.Target.Port,
                plan.Replaces && plan.Options.As is null,
                [.. plan.Sessions.Select(session => new DbSessionDocument(session.Process, session.Role, session.Program, session.Client, session.State))],
                plan.Obstacles),
            CliJson.Default.DbRestorePlanDocument);
    }

    internal static void Print(Screen screen, ServedRestorePlan plan, ServedRestoreResult result)
    {
        foreach (var notice in result.Notices) screen.Notice(notice);
        var held = result is { Tables: { } tables, Rows: { } rows } && !plan.Options.Load.IsPartial
            ? $"{HumanFormat.Count(tables, "table", "tables")}, {HumanFormat.Count(rows, "row", "rows")}, checked"
            : "not checked against what was saved";
        screen.Line($"restored the database {Printable.Line(result.Database)} from {Printable.Line(plan.Origin)}: {held}, in {HumanFormat.Duration(result.Duration)}");
        if (result.Kept is { } kept) screen.Line($"what was there is kept as {Printable.Line(kept)}; `dropdb {Printable.Line(kept)}` removes it");
        screen.Json(
            new DbRestoreDocument(
                (plan.Options as ServedRestoreOptions)?.Snapshot.Id.ToString(),
                result.Database,
                result.Kept,
                result.Tables,
                result.Rows,
                Math.Round(result.Duration.TotalSeconds, 3),
                result.Notices),
            CliJson.Default.DbRestoreDocument);
    }
}
