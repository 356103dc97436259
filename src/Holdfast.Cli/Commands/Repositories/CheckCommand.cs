using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Format;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary><c>holdfast check</c>: whether the repository holds what it promises, and what any damage costs.</summary>
internal sealed class CheckCommand : ISessionCommand
{
    private readonly Option<bool> _readData = new("--read-data") { Description = "Read and verify every byte, not only what holds it together." };

    public Command Describe()
    {
        var command = new Command("check", "Check the repository and name what any damage costs.");
        command.Options.Add(_readData);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        Priority.LowerForThisProcess();
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var progress = new OperationProgress();
        var options = new CheckOptions { ReadData = arguments.GetValue(_readData), StepBegins = progress.Begin, BytesRead = progress.AddBytes };
        var locked = new LockedWork(repository, exclusive: true, session.Identity, session.Clock, session.Screen.Warning);
        var asked = session.Asked(new CheckRequest(options.ReadData) { Folder = session.CurrentDirectory });
        var (result, withdrawn) = await session.EnteringAsync(
            new OperationOrder(OperationKind.Check, options.ReadData ? "check the repository and read all of it" : "check the repository", asked.Serialize()),
            async token =>
            {
                var found = await locked.RunAsync(held => new RepositoryCheck(repository, options).ExecuteAsync(held), token);
                return (Result: found, Withdrawn: await WithdrawAsync(session, repository, found, token));
            },
            found => found.Result.HasErrors
                ? new OperationOutcome(OperationState.Failed) { Error = "the repository is damaged" }
                : new OperationOutcome(OperationState.Done),
            progress,
            cancellationToken);
        foreach (var snapshot in withdrawn) session.Screen.Warning($"snapshot {snapshot.Short} was proven; it is not any more");
        Report(session, result, options.ReadData);
        session.Screen.Json(Document(result), CliJson.Default.CheckDocument);
        return result.HasErrors ? ExitCode.Bad : ExitCode.Done;
    }

    /// <summary>What was proven and is hurt now is not proven any more.</summary>
    private static async Task<IReadOnlyList<Id>> WithdrawAsync(Session session, Repository repository, CheckResult result, CancellationToken cancellationToken)
    {
        if (result.HurtSnapshots.Count == 0 || !LocalState.Exists(session.StateFolder)) return [];
        var snapshots = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        using var state = LocalState.Open(session.StateFolder);
        var store = new ProofStore(state);
        var book = store.Load(repository.Config.Id, session.Address().Place);
        return ProofWithdrawal.Withdraw(store, book, snapshots.Readable, result, Session.Program, session.Clock.GetLocalNow());
    }

    private static void Report(Session session, CheckResult result, bool readData)
    {
        foreach (var finding in result.Findings)
        {
            session.Screen.Marked(finding.Severity == CheckSeverity.Error ? Mark.Bad : Mark.Note, $"{finding.Subject}: {finding.Message}");
            foreach (var harm in finding.Hurts) session.Screen.Line($"        hurts {Describe(session, harm)}");
            if (finding.MoreSnapshots > 0) session.Screen.Line($"        and {HumanFormat.Count(finding.MoreSnapshots, "more snapshot", "more snapshots")}");
        }

        session.Screen.Line(
            $"looked at {HumanFormat.Count(result.Snapshots, "snapshot", "snapshots")}, {HumanFormat.Count(result.Trees, "folder", "folders")}, "
            + $"{HumanFormat.Count(result.Packs, "pack", "packs")}, {HumanFormat.Count(result.Blobs, "blob", "blobs")}"
            + (readData ? $"; read {HumanFormat.Size(result.BytesRead)}" : string.Empty));
        session.Screen.Marked(
            result.HasErrors ? Mark.Bad : Mark.Good,
            result.HasErrors ? "the repository is damaged" : readData ? "every byte is as it was written" : "the structure is sound; --read-data verifies every byte");
    }

    private static string Describe(Session session, Harm harm)
    {
        var time = harm.Time is { } at ? $" of {HumanFormat.Time(at.ToDateTimeOffset(), session.Clock.LocalTimeZone)}" : string.Empty;
        var more = harm.MorePaths > 0 ? $" and {HumanFormat.Count(harm.MorePaths, "more path", "more paths")}" : string.Empty;
        return $"snapshot {harm.Snapshot.Short}{time}: {string.Join(", ", harm.Paths)}{more}";
    }

    private static CheckDocument Document(CheckResult result) => new(
        !result.HasErrors,
        [.. result.Findings.Select(finding => new FindingDocument(
            finding.Severity == CheckSeverity.Error ? "error" : "hint",
            finding.Subject.ToString(),
            finding.Message,
            [.. finding.Hurts.Select(harm => new HarmDocument(harm.Snapshot.ToString(), harm.Time?.ToString(), harm.Paths, harm.MorePaths))],
            finding.MoreSnapshots))],
        result.Snapshots,
        result.Packs,
        result.Trees,
        result.Blobs,
        result.BytesRead);
}
