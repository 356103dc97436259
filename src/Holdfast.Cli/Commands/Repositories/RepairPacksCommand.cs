using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Repairing;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary><c>holdfast repair packs ID…</c>: saves what is good in damaged packs and removes them.</summary>
internal sealed class RepairPacksCommand : ISessionCommand
{
    private readonly Argument<string[]> _packs = new("ID")
    {
        Description = "Damaged packs, as `check` names them; the beginning of an ID is enough.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print what would be done, and do nothing." };

    public Command Describe()
    {
        var command = new Command("packs", "Save what is good in damaged packs, and remove them.");
        command.Arguments.Add(_packs);
        command.Options.Add(_dryRun);
        return command;
    }

    public Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var packs = arguments.GetValue(_packs) ?? [];
        var words = new RepairWords<PackRepairPlan, PackRepairResult, RepairPacksDocument>(
            (repository, options) => new PackRepair(repository, packs, options),
            plan => Print(session.Screen, plan),
            (plan, result) => Print(session.Screen, plan, result),
            (_, result) => result.Lost == 0,
            Document,
            CliJson.Default.RepairPacksDocument);
        return RepairSession.RunAsync(session, arguments.GetValue(_dryRun), "save what is good in damaged packs", new RepairRequest("packs", packs) { Folder = session.CurrentDirectory }, words, cancellationToken);
    }

    private static void Print(Screen screen, PackRepairPlan plan)
    {
        foreach (var pack in plan.Packs)
        {
            if (pack.IsSound)
            {
                screen.Line($"pack {pack.Id.Short}: nothing is wrong with it");
                continue;
            }

            var elsewhere = pack.Elsewhere > 0 ? $", {pack.Elsewhere} are also in other packs" : string.Empty;
            screen.Line($"pack {pack.Id.Short}: of {HumanFormat.Count(pack.Blobs, "blob", "blobs")} {pack.SalvagedBlobs} are saved ({HumanFormat.Size(pack.SalvagedBytes)}){elsewhere}, {pack.Lost.Count} are lost");
        }
    }

    private static void Print(Screen screen, PackRepairPlan plan, PackRepairResult result)
    {
        if (plan.IsEmpty)
        {
            screen.Marked(Mark.Good, "there was nothing to do");
            return;
        }

        screen.Marked(result.Lost > 0 ? Mark.Note : Mark.Good, $"removed {HumanFormat.Count(result.Packs, "damaged pack", "damaged packs")}; {HumanFormat.Count(result.Blobs, "blob", "blobs")} saved, {result.Lost} lost");
        if (result.Lost > 0) screen.Line("back up again: what is still on the disk is stored anew. `holdfast check` then names what is lost, and `holdfast repair snapshots` makes the rest restorable");
    }

    private static RepairPacksDocument Document(PackRepairPlan plan, PackRepairResult? result) => new(
        result is null,
        [.. plan.Packs.Select(pack => new RepairedPackDocument(
            pack.Id.ToString(), pack.IsSound, pack.Blobs, pack.SalvagedBlobs, pack.SalvagedBytes, pack.Elsewhere, [.. pack.Lost.Select(blob => blob.ToString())]))],
        result?.Packs ?? 0);
}
