using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Keys;

namespace Holdfast.Cli.Commands.Keys;

/// <summary><c>holdfast keys add</c>: another passphrase that opens the repository.</summary>
internal sealed class KeysAddCommand : ISessionCommand
{
    private readonly NewPassphraseOptions _new = new();

    public Command Describe()
    {
        var command = new Command("add", "Let another passphrase open the repository, too.");
        _new.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        using var passphrase = await _new.ReadAsync(session, arguments, cancellationToken);
        var added = await new KeyWork(repository, session.Identity, session.Clock, session.Screen.Warning).AddAsync(passphrase, cancellationToken);
        session.Screen.Marked(Mark.Good, $"added key {added.Short}, and it opens the repository");
        session.Screen.Json(new KeyChangeDocument(added.ToString(), null, null, []), CliJson.Default.KeyChangeDocument);
        return ExitCode.Done;
    }
}
