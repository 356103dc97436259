using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Repairing;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary><c>holdfast repair snapshots</c>: makes of hurt snapshots such that can be restored completely.</summary>
internal sealed class RepairSnapshotsCommand : ISessionCommand
{
    private readonly Argument<string[]> _snapshots = new("ID")
    {
        Description = "Snapshots; without any, all that are hurt.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _forget = new("--forget") { Description = "Remove the hurt snapshots, also those of which nothing can be read." };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print what would be done, and do nothing." };

    public Command Describe()
    {
        var command = new Command("snapshots", "Make hurt snapshots restorable without what is lost.");
        command.Arguments.Add(_snapshots);
        command.Options.Add(_forget);
        command.Options.Add(_dryRun);
        return command;
    }

    public Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var snapshots = new SnapshotRepairOptions { Snapshots = arguments.GetValue(_snapshots) ?? [], Forget = arguments.GetValue(_forget) };
        var words = new RepairWords<SnapshotRepairPlan, SnapshotRepairResult, RepairSnapshotsDocument>(
            (repository, options) => new SnapshotRepair(repository, snapshots, options),
            plan => Print(session, plan),
            (plan, result) => Print(session.Screen, plan, result),
            (plan, _) => plan.Unreadable.Count == 0 || plan.Forgets,
            Document,
            CliJson.Default.RepairSnapshotsDocument);
        var asked = new RepairRequest("snapshots", snapshots.Snapshots) { Folder = session.CurrentDirectory, Forget = snapshots.Forget };
        return RepairSession.RunAsync(session, arguments.GetValue(_dryRun), "make hurt snapshots restorable", asked, words, cancellationToken);
    }

    private static void Print(Session session, SnapshotRepairPlan plan)
    {
        foreach (var hurt in plan.Hurt)
        {
            var stored = hurt.Snapshot;
            var earlier = hurt.RepairedAs is { } repaired ? $", repaired already as {repaired.Short}" : string.Empty;
            session.Screen.Line($"snapshot {stored.Id.Short} of {HumanFormat.Time(stored.Snapshot.Time.ToDateTimeOffset(), session.Clock.LocalTimeZone)} is hurt{earlier}");
            foreach (var path in hurt.Losses.Paths) session.Screen.Line($"        {Word(path.Kind)} /{path.Path}");
            var more = hurt.Losses.Files + hurt.Losses.Directories + hurt.Losses.Nodes + hurt.Losses.Sizes - hurt.Losses.Paths.Count;
            if (more > 0) session.Screen.Line($"        and {HumanFormat.Count(more, "more path", "more paths")}");
        }

        foreach (var lost in plan.Unreadable)
            session.Screen.Warning($"snapshot {lost.Id.Short}: {lost.Why}{(plan.Forgets ? "; it is removed" : "; it stays, --forget removes it")}");
        if (plan.Hurt.Count + plan.Unreadable.Count == 0) session.Screen.Line($"looked at {HumanFormat.Count(plan.Looked, "snapshot", "snapshots")}: nothing in the repository that they need is missing");
    }

    private static string Word(LossKind kind) => kind switch
    {
        LossKind.Cut => "cut     ",
        LossKind.Emptied => "emptied ",
        LossKind.Removed => "removed ",
        _ => "resized ",
    };

    private static void Print(Screen screen, SnapshotRepairPlan plan, SnapshotRepairResult result)
    {
        foreach (var done in result.Repaired) screen.Line($"snapshot {done.Hurt.Short} is repaired as {done.Repaired.Short}, which is not proven");
        var isWhole = plan.Unreadable.Count == 0 || plan.Forgets;
        screen.Marked(
            isWhole ? Mark.Good : Mark.Note,
            plan.IsEmpty ? "there was nothing to do" : $"made {HumanFormat.Count(result.Repaired.Count, "snapshot", "snapshots")}, removed {result.Removed.Count}");
        if (result.Repaired.Count > 0 && !plan.Forgets) screen.Line("the hurt ones are still there: `holdfast repair snapshots --forget` removes them");
    }

    private static RepairSnapshotsDocument Document(SnapshotRepairPlan plan, SnapshotRepairResult? result)
    {
        var made = result?.Repaired.ToDictionary(done => done.Hurt, done => done.Repaired) ?? [];
        return new(
            result is null,
            plan.Looked,
            [.. plan.Hurt.Select(hurt => new RepairedSnapshotDocument(
                hurt.Snapshot.Id.ToString(),
                (made.TryGetValue(hurt.Snapshot.Id, out var id) ? id : hurt.RepairedAs)?.ToString(),
                hurt.Losses.Files,
                hurt.Losses.Directories,
                hurt.Losses.Nodes,
                [.. hurt.Losses.Paths.Select(path => "/" + path.Path)]))],
            [.. plan.Unreadable.Select(lost => lost.Id.ToString())],
            [.. (result?.Removed ?? []).Select(removed => removed.ToString())]);
    }
}
