using Holdfast.Engine.Operations;

namespace Holdfast.Cli.Commands;

/// <summary>What an operation's end means for who started it.</summary>
internal static class ExitCode
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int DoneInPart = 3;

    internal static int Of(OperationState state) => state switch
    {
        OperationState.Done => Done,
        OperationState.DoneInPart => DoneInPart,
        _ => Failed,
    };
}
