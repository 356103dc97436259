using System.CommandLine;
using Holdfast.Cli.Commands.Restores;
using Holdfast.Cli.Options;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Operations;

/// <summary><c>holdfast operations resume N</c>: brings an interrupted one to its end.</summary>
internal sealed class OperationsResumeCommand : ISessionCommand
{
    private readonly Argument<long> _number = OperationNumber.Create();

    private readonly Option<double> _wait = new("--wait") { Description = "How long to wait while another operation is at the application.", HelpName = "SECONDS" };

    public Command Describe()
    {
        var command = new Command("resume", "Finish an interrupted operation.");
        command.Arguments.Add(_number);
        command.Options.Add(_wait);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var operation = Get(session, arguments.GetValue(_number));
        RestoreRecovery.RequireInterrupted(operation);
        if (operation.Kind is not (OperationKind.Restore or OperationKind.Rollback)) throw RunAgain(operation);
        var of = session.Of(operation);
        var request = RestoreRequest.Parse(operation.Request);
        using var repository = await of.OpenRepositoryAsync(cancellationToken);
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        var snapshot = SnapshotSelection.Resolve(listing, request.Snapshot, SnapshotFilter.All);
        return await new InPlaceRun(of, repository, snapshot, InPlaceOptions.WaitOf(arguments, _wait), request.Root).ResumeAsync(operation.Number, cancellationToken);
    }

    private static Operation Get(Session session, long number)
    {
        using var state = LocalState.Open(session.StateFolder);
        return new OperationJournal(state).Get(number);
    }

    private static HoldfastException RunAgain(Operation operation) => new(
        FailureKind.Usage,
        $"operation {operation.Number} ({operation.Kind}) is not resumed but run again",
        $"run `holdfast {operation.Kind}`: what is stored already is not stored twice; `holdfast operations undo {operation.Number}` puts it away");
}
