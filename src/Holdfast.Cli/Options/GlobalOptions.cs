using System.CommandLine;

namespace Holdfast.Cli.Options;

/// <summary>The options that every command understands.</summary>
internal sealed class GlobalOptions
{
    internal Option<string?> Repository { get; } = new("--repository", "-r")
    {
        Description = "The repository's folder; else HOLDFAST_REPOSITORY, else the manifest's first.",
        HelpName = "DIR",
        Recursive = true,
    };

    internal Option<string?> Config { get; } = new("--config", "-c")
    {
        Description = "The manifest; else holdfast.yaml here or in a folder above.",
        HelpName = "FILE",
        Recursive = true,
    };

    internal Option<string?> PassphraseFile { get; } = new("--passphrase-file")
    {
        Description = "A file that holds the repository's passphrase.",
        HelpName = "FILE",
        Recursive = true,
    };

    internal Option<string?> PassphraseCommand { get; } = new("--passphrase-command")
    {
        Description = "A program that prints the passphrase; run without a shell.",
        HelpName = "COMMAND",
        Recursive = true,
    };

    internal Option<bool> Json { get; } = new("--json")
    {
        Description = "Print one JSON document instead of text.",
        Recursive = true,
    };

    internal Option<bool> Quiet { get; } = new("--quiet", "-q")
    {
        Description = "Print only what went wrong.",
        Recursive = true,
    };

    internal void AddTo(RootCommand root)
    {
        root.Options.Add(Repository);
        root.Options.Add(Config);
        root.Options.Add(PassphraseFile);
        root.Options.Add(PassphraseCommand);
        root.Options.Add(Json);
        root.Options.Add(Quiet);
    }
}
