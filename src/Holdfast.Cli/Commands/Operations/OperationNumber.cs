using System.CommandLine;
using Holdfast.Engine.Operations;
using Holdfast.Engine.State;

namespace Holdfast.Cli.Commands.Operations;

/// <summary>The operation that a number on the command line names.</summary>
internal sealed class OperationNumber
{
    private readonly Argument<long> _number = new("NUMBER") { Description = "The operation's number, as `holdfast operations list` shows it." };

    internal void AddTo(Command command) => command.Arguments.Add(_number);

    internal long Value(ParseResult arguments) => arguments.GetValue(_number);

    /// <exception cref="Holdfast.Restic.Failures.HoldfastException">NotFound: there is none of that number.</exception>
    internal Operation Get(Session session, ParseResult arguments)
    {
        using var state = LocalState.Open(session.StateFolder);
        return new OperationJournal(state).Get(Value(arguments));
    }
}
