using Holdfast.Cli.Commands.Repositories;
using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Retention;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Pruning;

namespace Holdfast.Cli.Commands.Retention;

/// <summary>What forget would do or has done, for people and as a document.</summary>
internal static class ForgetReport
{
    /// <summary>Every snapshot with every reason.</summary>
    internal static void Show(Session session, ForgetPlan plan)
    {
        foreach (var damaged in plan.Damaged) session.Screen.Warning($"{damaged.Why}; it stays");
        foreach (var notice in plan.Notices) session.Screen.Notice(notice);
        foreach (var group in plan.Groups)
        {
            var kept = group.Decisions.Count(decision => decision.IsKept);
            session.Screen.Line($"{Title(group.Group)}: {kept} kept, {group.Decisions.Count - kept} removed");
            session.Screen.Line(string.Join('\n', group.Decisions.Select(decision => Line(session, decision))));
        }
    }

    internal static void ShowResult(Session session, ForgetResult result)
    {
        session.Screen.Line(result.Removed.Count == 0
            ? "nothing was removed"
            : $"removed {HumanFormat.Count(result.Removed.Count, "snapshot", "snapshots")}{(result.Pruned is null ? "; `holdfast prune` frees the room of what only they held" : string.Empty)}");
        if (result.Pruned is { } pruned) PruneReport.Print(session.Screen, pruned.Plan, pruned.Result);
        if (result.Failure is { } unpruned && result.Left.Count == 0)
            session.Screen.Warning($"what only they held was not removed: {unpruned.Message}; {unpruned.Hint ?? "run `holdfast prune`"}");
        else if (result.Failure is { } failure)
            session.Screen.Warning($"{HumanFormat.Count(result.Left.Count, "snapshot is", "snapshots are")} left that should go: {failure.Message}; run it again");
    }

    internal static void Print(Session session, ForgetPlan plan, ForgetResult? result, IReadOnlyList<string> notices, PrunePlan? prune = null) => session.Screen.Json(
        new ForgetDocument(
            result is null,
            [.. plan.Groups.Select(Document)],
            [.. (result?.Removed ?? []).Select(stored => stored.Id.ToString())],
            [.. (result?.Left ?? []).Select(id => id.ToString())],
            [.. plan.Damaged.Select(damaged => damaged.Id.ToString())],
            result?.Failure is { } failure ? [failure.Message] : [],
            [.. plan.Notices, .. notices],
            Document(prune, result)),
        CliJson.Default.ForgetDocument);

    private static PruneDocument? Document(PrunePlan? planned, ForgetResult? result)
    {
        if (result?.Pruned is { } pruned) return PruneReport.Document(pruned.Plan, pruned.Result);
        return planned is not null && result is null ? PruneReport.Document(planned, null) : null;
    }

    internal static string Question(ForgetPlan plan) =>
        $"Remove {HumanFormat.Count(plan.Removals.Count, "snapshot", "snapshots")}? They cannot be brought back.";

    private static string Line(Session session, ForgetDecision decision) =>
        $"  {(decision.IsKept ? "keep  " : "remove")}  {decision.Stored.Id.Short}  "
        + $"{HumanFormat.Time(decision.Stored.Snapshot.Time.ToDateTimeOffset(), session.Clock.LocalTimeZone)}  "
        + string.Join("; ", decision.Reasons.Select(reason => reason.Text));

    private static string Title(RetentionGroup group)
    {
        var parts = new List<string>();
        if (group.Application is { } application) parts.Add($"application {Printable.Line(application)}");
        if (group.Key.Host is { } host) parts.Add($"host {Printable.Line(host)}");
        if (group.Key.Paths is { } paths) parts.Add($"paths {string.Join(", ", paths.Select(Printable.Line))}");
        if (group.Key.Tags is { } tags) parts.Add($"tags {string.Join(", ", tags.Select(Printable.Line))}");
        return parts.Count == 0 ? "snapshots" : string.Join(", ", parts);
    }

    private static ForgetGroupDocument Document(ForgetGroup group) => new(
        group.Group.Application,
        group.Group.Key.Host,
        group.Group.Key.Paths,
        group.Group.Key.Tags,
        [.. group.Decisions.Where(decision => decision.IsKept).Select(Document)],
        [.. group.Decisions.Where(decision => !decision.IsKept).Select(Document)]);

    private static ForgetSnapshotDocument Document(ForgetDecision decision) => new(
        decision.Stored.Id.ToString(),
        decision.Stored.Id.Short,
        decision.Stored.Snapshot.Time.ToString(),
        decision.Stored.Snapshot.Hostname ?? string.Empty,
        decision.Stored.Snapshot.Paths,
        decision.Stored.Snapshot.Tags,
        [.. decision.Reasons.Select(reason => new ForgetReasonDocument(Word(reason.Kind), reason.Text))],
        [.. (decision.Verdict?.Matches ?? []).Select(match => match.ToString())],
        decision.Verdict is { IsKept: true } verdict ? Document(verdict.Counters) : null);

    private static ForgetCountersDocument Document(KeepCounters counters) =>
        new(counters.Last, counters.Hourly, counters.Daily, counters.Weekly, counters.Monthly, counters.Yearly);

    private static string Word(RetentionReasonKind kind) => kind switch
    {
        RetentionReasonKind.LastProven => "last_proven",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
