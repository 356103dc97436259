using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.State;

namespace Holdfast.Cli.Commands.Operations;

/// <summary><c>holdfast operations undo N</c>: puts back what an interrupted one had changed. Needs neither repository nor key.</summary>
internal sealed class OperationsUndoCommand : ISessionCommand
{
    private readonly Argument<long> _number = OperationNumber.Create();

    private readonly Option<double> _wait = new("--wait") { Description = "How long to wait while another operation is at the application.", HelpName = "SECONDS" };

    public Command Describe()
    {
        var command = new Command("undo", "Put back what an interrupted operation had changed.");
        command.Arguments.Add(_number);
        command.Options.Add(_wait);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var number = arguments.GetValue(_number);
        Operation operation;
        using (var state = LocalState.Open(session.StateFolder)) operation = new OperationJournal(state).Get(number);
        var of = session.Of(operation);
        var progress = new OperationProgress();
        var recovery = new RestoreRecovery(of.RestoreSurroundings(InPlaceOptions.WaitOf(arguments, _wait)), session.Clock, progress)
        {
            Waiting = session.Screen.Notice,
        };
        var outcome = await session.ShowingAsync(progress, recovery.UndoAsync(number, cancellationToken));
        session.Screen.Line($"operation {number} is undone: {outcome}");
        session.Screen.Json(new UndoDocument(number, outcome), CliJson.Default.UndoDocument);
        return 0;
    }
}
