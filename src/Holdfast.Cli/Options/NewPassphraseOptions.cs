using System.CommandLine;
using Holdfast.Cli.Commands;
using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Options;

/// <summary>Where a new passphrase comes from: a file, a program, or a person who types it twice; never the command line, which other users see.</summary>
internal sealed class NewPassphraseOptions
{
    private readonly Option<string?> _file = new("--new-passphrase-file") { Description = "A file that holds the new passphrase.", HelpName = "FILE" };

    private readonly Option<string?> _command = new("--new-passphrase-command") { Description = "A program that prints the new passphrase; run without a shell.", HelpName = "COMMAND" };

    internal void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_command);
    }

    /// <exception cref="HoldfastException">Usage: nobody says it, twice differently, or it is empty.</exception>
    internal async Task<Passphrase> ReadAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var source = Source(session, arguments) ?? new PassphraseSource.Literal(Typed(session));
        var reading = await SystemSecrets.Reader(session.Clock).ReadAsync(source, cancellationToken);
        foreach (var notice in reading.Notices) session.Screen.Notice(notice);
        return reading.Passphrase;
    }

    private PassphraseSource? Source(Session session, ParseResult arguments)
    {
        var (file, command) = (arguments.GetValue(_file), arguments.GetValue(_command));
        if (file is not null && command is not null)
            throw new HoldfastException(FailureKind.Usage, "--new-passphrase-file and --new-passphrase-command exclude each other", "give one of them");
        if (file is not null) return new PassphraseSource.SecretFile(FilePath.Absolute(file, session.CurrentDirectory).ToString());
        if (command is null) return null;
        return CommandWords.TrySplit(command, out var words) is { } problem
            ? throw new HoldfastException(FailureKind.Usage, $"--new-passphrase-command {problem}", "give a program and its arguments")
            : new PassphraseSource.Command(words);
    }

    private static byte[] Typed(Session session)
    {
        if (!SecretPrompt.IsPossible)
            throw new HoldfastException(FailureKind.Usage, "no new passphrase is given, and there is nobody to ask", "give --new-passphrase-file or --new-passphrase-command");
        var prompt = new SecretPrompt(session.Screen);
        var (first, second) = (prompt.Ask("new passphrase: "), prompt.Ask("the same again: "));
        return first.AsSpan().SequenceEqual(second)
            ? first
            : throw new HoldfastException(FailureKind.Usage, "the two are not the same; nothing was changed", "try again");
    }
}
