using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Operations;

/// <summary><c>holdfast operations undo N</c>: puts back what an interrupted one had changed. Needs neither repository nor key.</summary>
internal sealed class OperationsUndoCommand : ISessionCommand
{
    private readonly OperationNumber _number = new();

    private readonly WaitOption _wait = new();

    public Command Describe()
    {
        var command = new Command("undo", "Put back what an interrupted operation had changed.");
        _number.AddTo(command);
        command.Options.Add(_wait.Option);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var operation = _number.Get(session, arguments);
        var (of, wait) = (session.Of(operation), _wait.Value(arguments));
        var outcome = PausedApplication.IsLeftBy(operation) ? await LetGoOnAsync(of, operation, wait, cancellationToken)
            : operation.Kind is OperationKind.Restore or OperationKind.Rollback ? await UndoAsync(of, operation, wait, cancellationToken)
            : of.Scope(wait).PutAway(operation);
        session.Screen.Line($"operation {operation.Number} is undone: {outcome}");
        session.Screen.Json(new UndoDocument(operation.Number, outcome), CliJson.Default.UndoDocument);
        return ExitCode.Done;
    }

    private static async Task<string> UndoAsync(Session session, Operation operation, TimeSpan wait, CancellationToken cancellationToken)
    {
        var progress = new OperationProgress();
        var recovery = new RestoreRecovery(session.RestoreSurroundings(wait) with { Root = RootOf(operation) }, session.Clock, progress) { Waiting = session.Screen.Notice };
        return await session.ShowingAsync(progress, recovery.UndoAsync(operation.Number, cancellationToken));
    }

    private static FilePath? RootOf(Operation operation) => operation.Request is { } request ? RestoreRequest.Parse(request).Root : null;

    private static async Task<string> LetGoOnAsync(Session session, Operation operation, TimeSpan wait, CancellationToken cancellationToken)
    {
        var manifest = session.Manifest ?? throw new HoldfastException(
            FailureKind.Usage, "the manifest that says how the application's writes are resumed is not there any more", "resume them by hand");
        await PausedApplication.SettleAsync(session.Scope(wait), operation.Number, manifest.Application, session.Clock, cancellationToken);
        return "the application's writes go on";
    }
}
