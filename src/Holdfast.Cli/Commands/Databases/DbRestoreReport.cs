using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Served;

namespace Holdfast.Cli.Commands.Databases;

/// <summary>What a restore into a server will do, and what it came to.</summary>
internal static class DbRestoreReport
{
    internal static IEnumerable<string> Lines(ServedRestorePlan plan)
    {
        var rows = HumanFormat.Count(plan.Record.Tables.Values.Sum(), "row", "rows");
        yield return $"from     snapshot {plan.Options.Snapshot.Id.Short}, {Printable.Line(plan.Record.Name)}: dump of {HumanFormat.Size(plan.Record.Bytes ?? 0)}, "
            + $"{HumanFormat.Count(plan.Record.Tables.Count, "table", "tables")}, {rows}";
        yield return $"to       {Printable.Line(plan.Target.Display)}";
        if (plan.Replaces && plan.Options.As is null)
        {
            yield return plan.Options.DropOld
                ? "replaces the database of that name, which is dropped when the new one is proven and in its place"
                : "replaces the database of that name, which is kept under another one";
        }

        foreach (var session in plan.Sessions)
            yield return $"in use   {Printable.Line(ServedRestore.Describe(session))}{(plan.Options.EndConnections ? ", will be ended" : string.Empty)}";
        foreach (var obstacle in plan.Obstacles) yield return $"FAILED   {Printable.Line(obstacle)}";
    }

    internal static void Print(Screen screen, ServedRestorePlan plan)
    {
        foreach (var line in Lines(plan)) screen.Line(line);
        screen.Json(
            new DbRestorePlanDocument(
                plan.Options.Snapshot.Id.ToString(),
                plan.Record.Name,
                plan.Target.Database,
                plan.Target.Host,
                plan.Target.Port,
                plan.Replaces && plan.Options.As is null,
                [.. plan.Sessions.Select(session => new DbSessionDocument(session.Process, session.Role, session.Program, session.Client, session.State))],
                plan.Obstacles),
            CliJson.Default.DbRestorePlanDocument);
    }

    internal static void Print(Screen screen, ServedRestoreOptions options, ServedRestoreResult result)
    {
        foreach (var notice in result.Notices) screen.Notice(notice);
        screen.Line(
            $"restored the database {Printable.Line(result.Database)}: {HumanFormat.Count(result.Tables, "table", "tables")}, {HumanFormat.Count(result.Rows, "row", "rows")}, "
            + $"{(options.Load.IsPartial ? "in parts" : "checked")}, in {HumanFormat.Duration(result.Duration)}");
        if (result.Kept is { } kept) screen.Line($"what was there is kept as {Printable.Line(kept)}; `dropdb {Printable.Line(kept)}` removes it");
        screen.Json(
            new DbRestoreDocument(
                options.Snapshot.Id.ToString(), result.Database, result.Kept, result.Tables, result.Rows, Math.Round(result.Duration.TotalSeconds, 3), result.Notices),
            CliJson.Default.DbRestoreDocument);
    }
}
