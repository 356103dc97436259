using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Clusters;

namespace Holdfast.Cli.Commands.Databases;

/// <summary>What the restore of a cluster will do, and what it came to.</summary>
internal static class DbRestoreClusterReport
{
    internal static void Print(Screen screen, ClusterRestorePlan plan)
    {
        var (details, options) = (plan.Record.Postgres!, plan.Options);
        screen.Line($"from     snapshot {options.Snapshot.Id.Short}, {Printable.Line(plan.Record.Name)}: cluster of PostgreSQL {Printable.Line(details.ServerVersion)}, {HumanFormat.Size(plan.Bytes)}");
        screen.Line($"to       {options.Target.Display}, for the account {Printable.Line(plan.Owner)}");
        foreach (var space in plan.Tablespaces) screen.Line($"         {space.To.Display}: tablespace {Printable.Line(space.Name ?? space.From)}");
        if (plan.Replaces && options.Replace) screen.Line("replaces the data directory that is there, which is kept under another name");
        foreach (var obstacle in plan.Obstacles) screen.Line($"FAILED   {Printable.Line(obstacle)}");
        screen.Json(
            new DbRestoreClusterPlanDocument(
                options.Snapshot.Id.ToString(),
                plan.Record.Name,
                options.Target.ToString(),
                details.ServerVersion,
                plan.Bytes,
                [.. plan.Tablespaces.Select(space => new DbTablespaceDocument(space.Id, space.Name, space.From, space.To.ToString()))],
                plan.Replaces,
                plan.Owner,
                plan.Obstacles),
            CliJson.Default.DbRestoreClusterPlanDocument);
    }

    internal static void Print(Screen screen, ClusterRestoreOptions options, ClusterRestoreResult result)
    {
        foreach (var notice in result.Notices) screen.Notice(notice);
        screen.Line($"restored the cluster to {options.Target.Display}: {HumanFormat.Count(result.Files, "file", "files")}, {HumanFormat.Size(result.Bytes)}, accepted by pg_verifybackup{(options.Check ? ", started and checked" : string.Empty)}, in {HumanFormat.Duration(result.Duration)}");
        if (result.Kept is { } kept) screen.Line($"what was there is kept as {kept.Display}");
        screen.Json(
            new DbRestoreClusterDocument(
                options.Snapshot.Id.ToString(),
                result.Name,
                options.Target.ToString(),
                result.Kept?.ToString(),
                result.Files,
                result.Bytes,
                Math.Round(result.Duration.TotalSeconds, 3),
                result.Notices),
            CliJson.Default.DbRestoreClusterDocument);
    }
}
