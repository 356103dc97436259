using System.CommandLine;
using Holdfast.Cli.Commands.Restores;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Operations;

/// <summary><c>holdfast operations resume N</c>: brings an interrupted one to its end.</summary>
internal sealed class OperationsResumeCommand : ISessionCommand
{
    private readonly OperationNumber _number = new();

    private readonly WaitOption _wait = new();

    public Command Describe()
    {
        var command = new Command("resume", "Finish an interrupted operation, or run it again where that is the same.");
        _number.AddTo(command);
        command.Options.Add(_wait.Option);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var operation = _number.Get(session, arguments);
        operation.RequireUnfinished();
        var of = session.Of(operation);
        if (operation is { Kind: OperationKind.DatabaseRestore, Undo: not null } && await HasFinishedAsync(of, operation, _wait.Value(arguments), cancellationToken)) return ExitCode.Done;
        if (operation.Kind is not (OperationKind.Restore or OperationKind.Rollback)) return await RunAgainAsync(of, operation, _wait.Value(arguments) is var wait && wait > TimeSpan.Zero ? wait : null, cancellationToken);
        var request = RestoreRequest.Parse(operation.Request);
        using var repository = await of.OpenRepositoryAsync(cancellationToken);
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        var snapshot = SnapshotSelection.Resolve(listing, request.Snapshot, SnapshotFilter.All);
        return await new InPlaceRun(of, repository, snapshot, _wait.Value(arguments), request.Root).ResumeAsync(operation, cancellationToken);
    }

    /// <summary>Goes on with one whose database was loaded already. One that was not is undone: it is run again then.</summary>
    private static async Task<bool> HasFinishedAsync(Session session, Operation operation, TimeSpan wait, CancellationToken cancellationToken)
    {
        var progress = new OperationProgress();
        var scope = OperationsUndoCommand.Scope(session, ApplicationKey.Of(operation, session.Manifest), wait);
        var recovery = new RestoreRecovery(scope, session.Manifest, session.Clock, progress);
        if (await session.ShowingAsync(progress, recovery.TryFinishDatabaseAsync(operation.Number, cancellationToken)) is not { } notices) return false;
        foreach (var notice in notices) session.Screen.Notice(notice);
        var outcome = $"the restored database has its name: {operation.Title}";
        session.Screen.Line($"operation {operation.Number} is finished: {outcome}");
        session.Screen.Json(new UndoDocument(operation.Number, outcome), CliJson.Default.UndoDocument);
        return true;
    }

    /// <summary>What leaves the application alone has nothing that could be gone on with, and is done again; what is stored already is not stored twice.</summary>
    private static async Task<int> RunAgainAsync(Session session, Operation operation, TimeSpan? wait, CancellationToken cancellationToken)
    {
        var again = RepeatedCommand.Of(operation) ?? throw new HoldfastException(
            FailureKind.Usage,
            $"operation {operation.Number} ({operation.Kind}) is not resumed but run again, and the journal does not say how",
            $"give its command again: `holdfast {operation.Kind} ...`; `holdfast operations undo {operation.Number}` puts it away");
        session.Screen.Notice($"running it again: {again}");
        var exitCode = await again.RunAsync(session, wait, cancellationToken);
        session.Scope(TimeSpan.Zero).EnterRepeated(operation);
        return exitCode;
    }
}
