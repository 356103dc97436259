using Holdfast.Engine.Operations;

namespace Holdfast.Cli.Commands;

/// <summary>
/// The exit codes of commands that came to their end (docs/reference/commands.md). Those of failures are told by
/// <see cref="Restic.Failures.HoldfastException.ExitCode"/>.
/// </summary>
internal static class ExitCode
{
    internal const int Done = 0;

    /// <summary>It was done, and the answer is bad: not proven, critical, damaged; or it was refused, and nothing was done.</summary>
    internal const int Bad = 1;

    /// <summary>Nobody agreed to it, and nothing was done.</summary>
    internal const int NotAgreed = 2;

    /// <summary>Some of it could not be done.</summary>
    internal const int DoneInPart = 3;

    /// <summary>What an operation's end means for who started it.</summary>
    internal static int Of(OperationState state) => state switch
    {
        OperationState.Done => Done,
        OperationState.DoneInPart => DoneInPart,
        _ => Bad,
    };
}
