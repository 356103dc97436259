using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Keys;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;

namespace Holdfast.Cli.Commands.Keys;

/// <summary><c>holdfast keys remove ID</c>: one passphrase less that opens the repository.</summary>
internal sealed class KeysRemoveCommand : ISessionCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "The beginning of the key's ID, as `holdfast keys list` shows it." };

    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask: for scripts." };

    public Command Describe()
    {
        var command = new Command("remove", "Let a passphrase no longer open the repository.");
        command.Arguments.Add(_id);
        command.Options.Add(_yes);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var listing = await repository.Keys.ListAsync(cancellationToken);
        var id = KeySelection.Resolve(listing, arguments.GetValue(_id) ?? string.Empty);
        if (id != repository.Keys.InUse && !arguments.GetValue(_yes) && !Confirm(session, listing, id)) return session.Declined();
        await new KeyWork(repository, session.Identity, session.Clock, session.Screen.Warning).RemoveAsync(id, cancellationToken);
        session.Screen.Marked(Mark.Good, $"removed key {id.Short}; a recovery sheet with its passphrase is void");
        session.Screen.Notice("who has a copy of the key file and its passphrase can still open copies of the repository");
        session.Screen.Json(new KeyChangeDocument(null, id.ToString(), null, []), CliJson.Default.KeyChangeDocument);
        return ExitCode.Done;
    }

    private static bool Confirm(Session session, KeyListing listing, Id id)
    {
        if (session.Screen.IsJson || !Prompt.IsPossible)
            throw new HoldfastException(FailureKind.Usage, "who knows only the passphrase of this key will open nothing any more, and there is nobody to ask", "give --yes");
        var key = listing.Readable.FirstOrDefault(one => one.Id == id);
        session.Screen.Line(key is null ? $"{id.Short}  damaged" : KeysListCommand.Describe(session, key));
        return new Prompt(session.Screen, Console.In).Confirm("Remove this key? Who knows only its passphrase will open nothing any more.");
    }
}
