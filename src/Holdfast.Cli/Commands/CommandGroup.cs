using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary>A noun of the command line with its verbs: <c>holdfast config check</c>.</summary>
internal sealed record CommandGroup(string Noun, string Description, IReadOnlyList<ISessionCommand> Verbs)
{
    /// <summary>Another word for the noun; null for none.</summary>
    internal string? Alias { get; init; }

    internal Command Describe()
    {
        var noun = new Command(Noun, Description);
        if (Alias is not null) noun.Aliases.Add(Alias);
        return noun;
    }
}
