using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Manifest;
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
        var manifest = ManifestOf(session, operation);
        var scope = Scope(session, ApplicationKey.Of(operation, manifest), _wait.Value(arguments));
        var (outcome, isWhole) = PausedApplication.IsLeftBy(operation) ? await LetGoOnAsync(session, scope, operation, manifest, cancellationToken)
            : UnsettledOperation.IsRestore(operation) ? await UndoAsync(session, scope, operation, manifest, cancellationToken)
            : new UndoResult(scope.PutAway(operation), IsWhole: true);
        session.Screen.Line($"operation {operation.Number} is undone{(isWhole ? string.Empty : " in part")}: {outcome}");
        session.Screen.Json(new UndoDocument(operation.Number, outcome), CliJson.Default.UndoDocument);
        return isWhole ? ExitCode.Done : ExitCode.DoneInPart;
    }

    /// <summary>A manifest that is gone or broken keeps nobody from putting things back: it may be one of them.</summary>
    private static LoadedManifest? ManifestOf(Session session, Operation operation)
    {
        try
        {
            return session.Of(operation).Manifest;
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.Interrupted)
        {
            session.Screen.Warning($"the manifest is left out: {error.Message}");
            return null;
        }
    }

    internal static OperationScope Scope(Session session, ApplicationKey application, TimeSpan wait) => new()
    {
        Application = application,
        StateFolder = session.StateFolder,
        User = session.Identity.UserName,
        Program = Session.Program,
        Wait = wait,
        Notice = session.Screen.Notice,
    };

    private static async Task<UndoResult> UndoAsync(Session session, OperationScope scope, Operation operation, LoadedManifest? manifest, CancellationToken cancellationToken)
    {
        var progress = new OperationProgress();
        var recovery = new RestoreRecovery(scope, manifest, session.Clock, progress);
        return await session.ShowingAsync(progress, recovery.UndoAsync(operation.Number, cancellationToken));
    }

    private static async Task<UndoResult> LetGoOnAsync(Session session, OperationScope scope, Operation operation, LoadedManifest? manifest, CancellationToken cancellationToken)
    {
        if (manifest is null) throw new HoldfastException(
            FailureKind.Usage, "the manifest that says how the application's writes are resumed is not there any more", "resume them by hand");
        await PausedApplication.SettleAsync(scope, operation.Number, manifest.Application, session.Clock, cancellationToken);
        return new UndoResult("the application's writes go on", IsWhole: true);
    }
}
