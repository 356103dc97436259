using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary>A command: how it looks on the command line, and what it does.</summary>
internal interface ISessionCommand
{
    Command Describe();

    /// <summary>
    /// It can do its work where the manifest at hand is broken, when repository and passphrase are named: what brings back a sound one must not need it.
    /// </summary>
    bool WorksWithBrokenManifest => false;

    /// <returns>The exit code.</returns>
    Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken);
}
