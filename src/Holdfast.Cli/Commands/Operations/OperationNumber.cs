using System.CommandLine;

namespace Holdfast.Cli.Commands.Operations;

/// <summary>The number that names an operation.</summary>
internal static class OperationNumber
{
    internal static Argument<long> Create() => new("NUMBER") { Description = "The operation's number, as `holdfast operations list` shows it." };
}
