using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary>A noun of the command line with its verbs: <c>holdfast config check</c>.</summary>
internal sealed record CommandGroup(string Noun, string Description, IReadOnlyList<ISessionCommand> Verbs)
{
    internal Command Describe() => new(Noun, Description);
}
