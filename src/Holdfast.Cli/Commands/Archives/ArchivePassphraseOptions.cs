using System.CommandLine;
using Holdfast.Engine.Archives.Packing;
using Holdfast.Engine.Files;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Archives;

/// <summary>Where the passphrase of an encrypted archive comes from, for every command that reads or writes one.</summary>
internal sealed class ArchivePassphraseOptions
{
    private readonly Option<string?> _file = new("--archive-passphrase-file")
    {
        Description = "A file that holds the passphrase of the .gpg archive.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _command = new("--archive-passphrase-command")
    {
        Description = "A program that prints the passphrase of the .gpg archive; run without a shell.",
        HelpName = "COMMAND",
    };

    internal void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_command);
    }

    /// <summary>The passphrase; null when nobody says where it comes from.</summary>
    /// <param name="declared">What the manifest says of this archive; null for nothing.</param>
    internal async Task<Passphrase?> ReadAsync(Session session, ParseResult arguments, PassphraseSource? declared, CancellationToken cancellationToken)
    {
        if (ArchivePassphrase.Choose(Given(session, arguments), declared, Session.Variable) is not { } source) return null;
        var reading = await SystemSecrets.Reader(PassphrasePurpose.Archive, session.Clock).ReadAsync(source, cancellationToken);
        foreach (var notice in reading.Notices) session.Screen.Notice(notice);
        return reading.Passphrase;
    }

    /// <summary>The same for whoever learns later what the manifest says.</summary>
    internal Func<PassphraseSource?, CancellationToken, Task<Passphrase?>> Reading(Session session, ParseResult arguments) =>
        (declared, cancellationToken) => ReadAsync(session, arguments, declared, cancellationToken);

    /// <summary>The same for an archive that is to be read: null also when it is not encrypted.</summary>
    /// <param name="archive">Where it is.</param>
    internal async Task<Passphrase?> ReadForAsync(
        Session session, ParseResult arguments, FilePath archive, PassphraseSource? declared, CancellationToken cancellationToken) =>
        ArchivePassphrase.IsNeeded(archive) ? await ReadAsync(session, arguments, declared, cancellationToken) : null;

    private PassphraseSource? Given(Session session, ParseResult arguments)
    {
        var (file, command) = (arguments.GetValue(_file), arguments.GetValue(_command));
        if (file is not null && command is not null)
            throw new HoldfastException(FailureKind.Usage, "--archive-passphrase-file and --archive-passphrase-command exclude each other", "give one of them");
        if (file is not null) return new PassphraseSource.SecretFile(FilePath.Absolute(file, session.CurrentDirectory).ToString());
        if (command is null) return null;
        return CommandWords.TrySplit(command, out var words) is { } problem
            ? throw new HoldfastException(FailureKind.Usage, $"--archive-passphrase-command {problem}", "give a program and its arguments")
            : new PassphraseSource.Command(words);
    }
}
