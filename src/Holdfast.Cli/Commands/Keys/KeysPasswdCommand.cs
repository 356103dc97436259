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
        var changed = await new KeyWork(repository, session.Identity, session.Clock, session.Screen.Warning).ChangeAsync(passphrase, sheet, cancellationToken);
        session.Screen.Marked(Mark.Good, $"the new passphrase opens the repository with key {changed.Key.Short}; key {changed.Removed.Short} of the old one is gone");
        Advise(session, changed);
        session.Screen.Json(
            new KeyChangeDocument(changed.Key.ToString(), changed.Removed.ToString(), changed.RecoverySheet?.ToString()), CliJson.Default.KeyChangeDocument);
        return ExitCode.Done;
    }

    private static void Advise(Session session, ChangedPassphrase changed)
    {
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
