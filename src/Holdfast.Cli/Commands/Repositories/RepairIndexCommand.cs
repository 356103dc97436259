using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Repairing;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary><c>holdfast repair index</c>: makes the index fit the packs.</summary>
internal sealed class RepairIndexCommand : ISessionCommand
{
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print what would be done, and do nothing." };

    private readonly Option<bool> _readAll = new("--read-all-packs") { Description = "Believe no index file: read the header of every pack." };

    public Command Describe()
    {
        var command = new Command("index", "Make the index fit the packs that are there.");
        command.Options.Add(_dryRun);
        command.Options.Add(_readAll);
        return command;
    }

    public Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var readAll = arguments.GetValue(_readAll);
        var words = new RepairWords<IndexRepairPlan, IndexRepairResult, RepairIndexDocument>(
            (repository, options) => new IndexRepair(repository, readAll, options),
            plan => Print(session.Screen, plan),
            (plan, result) => Print(session.Screen, plan, result),
            (plan, _) => plan.Unreadable.Count == 0,
            Document,
            CliJson.Default.RepairIndexDocument);
        return RepairSession.RunAsync(session, arguments.GetValue(_dryRun), "make the index fit the packs", new RepairRequest("index", []) { Folder = session.CurrentDirectory, ReadAllPacks = readAll }, words, cancellationToken);
    }

    private static void Print(Screen screen, IndexRepairPlan plan)
    {
        foreach (var file in plan.Damaged) screen.Line($"  remove  index {file.Id.Short}, which cannot be read: {file.Why}");
        if (plan.Added.Count > 0) screen.Line($"  list    {Packs(plan.Added.Count)} that no readable index lists");
        if (plan.Corrected.Count > 0) screen.Line($"  correct what the index says of {Packs(plan.Corrected.Count)}");
        foreach (var pack in plan.Missing) screen.Line($"  forget  pack {pack}, which is missing");
        if (plan.Obsolete.Count > 0) screen.Line($"  rewrite {HumanFormat.Count(plan.Obsolete.Count, "index file", "index files")}, keep {plan.Kept}");
        foreach (var pack in plan.Unreadable) screen.Warning($"pack {pack.Id} is passed over: {pack.Why}{NextStep(pack)}");
        if (plan.IsEmpty) screen.Line($"the index fits all other packs ({plan.Packs} are there)");
    }

    private static void Print(Screen screen, IndexRepairPlan plan, IndexRepairResult result)
    {
        var mark = plan.Unreadable.Count > 0 ? Mark.Note : Mark.Good;
        if (plan.IsEmpty) screen.Marked(mark, "there was nothing to do");
        else screen.Marked(mark, $"wrote {HumanFormat.Count(result.Written, "index file", "index files")}, removed {result.Removed}");
        if (plan.Missing.Count > 0) screen.Line("what only the missing packs held is lost: `holdfast check` names it; back up again, then `holdfast repair snapshots`");
    }

    private static string NextStep(UnreadablePack pack) => pack.IsListed
        ? $"; `holdfast repair packs {pack.Id.Short}` saves what is good in it"
        : "; no index says what is in it, and `holdfast prune` removes it";

    private static RepairIndexDocument Document(IndexRepairPlan plan, IndexRepairResult? result) => new(
        result is null,
        [.. plan.Damaged.Select(file => file.Id.ToString())],
        [.. plan.Added.Select(pack => pack.ToString())],
        [.. plan.Corrected.Select(pack => pack.ToString())],
        [.. plan.Missing.Select(pack => pack.ToString())],
        [.. plan.Unreadable.Select(pack => new UnreadablePackDocument(pack.Id.ToString(), pack.Why, pack.IsListed))],
        result?.Written ?? 0,
        result?.Removed ?? 0);

    private static string Packs(int count) => HumanFormat.Count(count, "pack", "packs");
}
