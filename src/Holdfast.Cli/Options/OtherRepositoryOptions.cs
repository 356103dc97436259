using System.CommandLine;
using Holdfast.Cli.Commands;
using Holdfast.Engine.Repositories;
using Holdfast.Restic;

namespace Holdfast.Cli.Options;

/// <summary>A second repository beside the one that the session is about, with a passphrase of its own.</summary>
internal sealed class OtherRepositoryOptions
{
    private readonly Option<string?> _repository;
    private readonly Option<string?> _passphraseFile;
    private readonly Option<string?> _passphraseCommand;

    /// <param name="name">The option that names the repository.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="prefix">What the options of its passphrase begin with.</param>
    internal OtherRepositoryOptions(string name, string description, string prefix)
    {
        _repository = new Option<string?>(name) { Description = description, HelpName = "REPOSITORY" };
        _passphraseFile = new Option<string?>($"{prefix}-passphrase-file") { Description = "A file that holds that repository's passphrase, when it is another one.", HelpName = "FILE" };
        _passphraseCommand = new Option<string?>($"{prefix}-passphrase-command") { Description = "A program that prints that repository's passphrase; run without a shell.", HelpName = "COMMAND" };
    }

    internal void AddTo(Command command)
    {
        command.Options.Add(_repository);
        command.Options.Add(_passphraseFile);
        command.Options.Add(_passphraseCommand);
    }

    /// <summary>It is named.</summary>
    internal bool IsGiven(ParseResult arguments) => arguments.GetValue(_repository) is not null;

    /// <exception cref="Holdfast.Restic.Failures.HoldfastException">Usage: what is given is no address.</exception>
    internal RepositoryAddress Address(Session session, ParseResult arguments) => RepositoryAddress.Parse(arguments.GetValue(_repository)!, session.CurrentDirectory);

    internal string? PassphraseFile(ParseResult arguments) => arguments.GetValue(_passphraseFile);

    internal bool HasPassphraseCommand(ParseResult arguments) => arguments.GetValue(_passphraseCommand) is not null;

    /// <summary>Opens it, in the same way as the session's own; with the session's passphrase where no other is given.</summary>
    internal Task<Repository> OpenAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (file, command) = (arguments.GetValue(_passphraseFile), arguments.GetValue(_passphraseCommand));
        var options = session.Options with { Repository = arguments.GetValue(_repository) };
        if (file is not null || command is not null) options = options with { PassphraseFile = file, PassphraseCommand = command };
        return session.Derived(options).OpenRepositoryAsync(cancellationToken);
    }
}
