using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary>A command: how it looks on the command line, and what it does.</summary>
internal interface ISessionCommand
{
    Command Describe();

    /// <returns>The exit code.</returns>
    Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken);
}
