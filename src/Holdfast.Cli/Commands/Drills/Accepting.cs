using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Drills;

/// <summary>The command that accepts a suspicious snapshot: stock restic takes its tag away, and the proof stays, because that is of the content.</summary>
internal static class Accepting
{
    /// <summary>As a person types it in a POSIX shell.</summary>
    internal static string Command(Session session, StoredSnapshot stored)
    {
        var passphrase = session.PassphraseSource() switch
        {
            PassphraseSource.SecretFile file => $" --password-file {Quote(file.Path)}",
            PassphraseSource.Command command => $" --password-command {Quote(string.Join(' ', command.Arguments))}",
            // restic asks for it.
            _ => string.Empty,
        };
        return PrintableName.Escape($"restic -r {Quote(session.Address().Text)}{passphrase} tag --remove {SuspiciousTag.Value} {stored.Id.Short}");
    }

    private static string Quote(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
