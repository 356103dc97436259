using System.CommandLine;
using System.Globalization;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Cli.Options;

/// <summary>The options that every command understands.</summary>
internal sealed class GlobalOptions
{
    internal Option<string?> Repository { get; } = new("--repository", "-r")
    {
        Description = "The repository: its name in the manifest, a folder, or s3:, rest: or sftp: with an address; else HOLDFAST_REPOSITORY, else what the manifest names.",
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
        Description = "Print JSON instead of text: one document, or with diff and ls one on each line.",
        Recursive = true,
    };

    internal Option<bool> Quiet { get; } = new("--quiet", "-q")
    {
        Description = "Print only what went wrong.",
        Recursive = true,
    };

    internal Option<bool> NoCache { get; } = new("--no-cache")
    {
        Description = "Keep no copies of a far repository's index and folders on this machine.",
        Recursive = true,
    };

    internal Option<string?> UploadLimit { get; } = new("--limit-upload")
    {
        Description = "Bytes a second to a far repository at most, such as 2M.",
        HelpName = "RATE",
        Recursive = true,
    };

    internal Option<string?> DownloadLimit { get; } = new("--limit-download")
    {
        Description = "Bytes a second from a far repository at most, such as 2M.",
        HelpName = "RATE",
        Recursive = true,
    };

    internal Option<string?> Connections { get; } = new("--connections")
    {
        Description = "Requests to a far repository at the same time, at most; else what the manifest says, else 5.",
        HelpName = "N",
        Recursive = true,
    };

    /// <summary>How many requests at a time; null where nothing is said.</summary>
    /// <exception cref="HoldfastException">Usage: it is no number from 1 on.</exception>
    internal int? ConnectionCount(ParseResult parsed)
    {
        if (parsed.GetValue(Connections) is not { } text) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw new HoldfastException(FailureKind.Usage, $"{Connections.Name} {Quoted.Text(text)} is no number of requests", "write a whole number from 1 on");
    }

    /// <exception cref="HoldfastException">Usage: it is no size, or nothing.</exception>
    internal static long? Rate(Option<string?> option, ParseResult parsed)
    {
        if (parsed.GetValue(option) is not { } text) return null;
        return ByteSize.TryParse(text) is > 0 and var rate
            ? rate
            : throw new HoldfastException(FailureKind.Usage, $"{option.Name} {Quoted.Text(text)} is no rate", "write bytes a second, such as 500K or 2M");
    }

    internal void AddTo(RootCommand root)
    {
        root.Options.Add(Repository);
        root.Options.Add(Config);
        root.Options.Add(PassphraseFile);
        root.Options.Add(PassphraseCommand);
        root.Options.Add(NoCache);
        root.Options.Add(UploadLimit);
        root.Options.Add(DownloadLimit);
        root.Options.Add(Connections);
        root.Options.Add(Json);
        root.Options.Add(Quiet);
    }
}
