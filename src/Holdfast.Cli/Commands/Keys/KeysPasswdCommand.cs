using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Engine.Keys;
using Holdfast.Engine.Secrets;

namespace Holdfast.Cli.Commands.Keys;

/// <summary><c>holdfast keys passwd</c>: a new passphrase in the place of the one in use.</summary>
internal sealed class KeysPasswdCommand : ISessionCommand
{
    private readonly NewPassphraseOptions _new = new();

    private readonly Option<string?> _sheet = new("--recovery-sheet")
    {
        Description = "Write the recovery sheet of the new passphrase into this file; without it, over the one that lies beside the old key file, if there is one.",
        HelpName = "FILE",
    };

    public Command Describe()
    {
        var command = new Command("passwd", "Change the passphrase: add the new one, make sure that it opens, remove the old one.");
        _new.AddTo(command);
        command.Options.Add(_sheet);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        using var passphrase = await _new.ReadAsync(session, arguments, cancellationToken);
        var place = arguments.GetValue(_sheet) is { } given
            ? FilePath.Absolute(given, session.CurrentDirectory)
            : NewRecoverySheet.PlaceBeside(session.PassphraseSource());
        var sheet = place is null
            ? null
            : NewRecoverySheet.Of(place, repository.Backend.Location, session.Manifest?.Application, session.Identity.HostName, session.Clock);
        var others = new SharedPassphrase(session);
        var opened = new List<RepositoryOfPassphrase> { new(session.RepositoryName, repository) };
        try
        {
            foreach (var other in others.Sessions) opened.Add(await SharedPassphrase.OpenAsync(other, passphrase, cancellationToken));
            var changed = await new PassphraseChange(opened, session.Identity, session.Clock, session.Screen.Warning).ExecuteAsync(passphrase, sheet, cancellationToken);
            Show(session, opened, changed);
            Advise(session, changed[0], others);
            session.Screen.Json(Document(opened, changed), CliJson.Default.KeyChangeDocument);
            return ExitCode.Done;
        }
        finally
        {
            foreach (var other in opened.Skip(1)) other.Repository.Dispose();
        }
    }

    private static void Show(Session session, List<RepositoryOfPassphrase> opened, IReadOnlyList<ChangedPassphrase> changed)
    {
        foreach (var (one, key) in opened.Zip(changed))
        {
            var which = opened.Count == 1 ? string.Empty : $" {Printable.Line(one.Name)}";
            session.Screen.Marked(Mark.Good, key.Removed is { } removed
                ? $"the new passphrase opens the repository{which} with key {key.Key.Short}; key {removed.Short} of the old one is gone"
                : $"the new passphrase opens the repository{which} with key {key.Key.Short} already");
        }
    }

    private static KeyChangeDocument Document(List<RepositoryOfPassphrase> opened, IReadOnlyList<ChangedPassphrase> changed) => new(
        changed[0].Key.ToString(),
        changed[0].Removed?.ToString(),
        changed[0].RecoverySheet?.ToString(),
        [.. opened.Zip(changed, (one, key) => new KeyChangeOfRepositoryDocument(one.Name, key.Key.ToString(), key.Removed?.ToString()))]);

    private static void Advise(Session session, ChangedPassphrase changed, SharedPassphrase others)
    {
        if (others.LeftOut is { Count: > 0 } left)
            session.Screen.Warning($"the old passphrase still opens {string.Join(", ", left.Select(Printable.Line))}, which the manifest names and this repository is none of: keep it for {(left.Count == 1 ? "that one" : "those")}");
        if (session.PassphraseSource() is { } old)
            session.Screen.Notice($"put the new passphrase where {Words(old)} has the old one, else the next backup cannot open the repository; `holdfast keys check` tells");
        session.Screen.Notice(changed.RecoverySheet is { } sheet
            ? $"every recovery sheet printed before is void; the new one is {sheet.Display}: print it, keep it away from this machine, then delete the file"
            : "every recovery sheet printed before is void, and without one nobody can read the backups when this machine is lost: write the new passphrase down, or change it once more with --recovery-sheet FILE");
    }

    private static string Words(PassphraseSource source) => source switch
    {
        PassphraseSource.SecretFile(var path) => $"the file {FilePath.From(path).Display}",
        PassphraseSource.EnvironmentVariable(var name) => $"the variable {Printable.Line(name)}",
        _ => "the passphrase command",
    };
}
