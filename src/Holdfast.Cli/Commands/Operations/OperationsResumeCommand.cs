using System.CommandLine;
using Holdfast.Cli.Commands.Restores;
using Holdfast.Cli.Options;
using Holdfast.Engine.Operations;
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
        var command = new Command("resume", "Finish an interrupted operation.");
        _number.AddTo(command);
        command.Options.Add(_wait.Option);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var operation = _number.Get(session, arguments);
        RestoreRecovery.RequireInterrupted(operation);
        if (operation.Kind is not (OperationKind.Restore or OperationKind.Rollback)) throw RunAgain(operation);
        var of = session.Of(operation);
        var request = RestoreRequest.Parse(operation.Request);
        using var repository = await of.OpenRepositoryAsync(cancellationToken);
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        var snapshot = SnapshotSelection.Resolve(listing, request.Snapshot, SnapshotFilter.All);
        return await new InPlaceRun(of, repository, snapshot, _wait.Value(arguments), request.Root).ResumeAsync(operation.Number, cancellationToken);
    }

    private static HoldfastException RunAgain(Operation operation) => new(
        FailureKind.Usage,
        $"operation {operation.Number} ({operation.Kind}) is not resumed but run again",
        $"run `holdfast {operation.Kind}`: what is stored already is not stored twice; `holdfast operations undo {operation.Number}` puts it away");
}
