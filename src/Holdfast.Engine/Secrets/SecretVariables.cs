using System.Collections;

namespace Holdfast.Engine.Secrets;

/// <summary>The variables that hold secrets of Holdfast and its relatives: no program that Holdfast starts is given them.</summary>
public static class SecretVariables
{
    private static readonly string[] Prefixes =
    [
        "HOLDFAST_PASSPHRASE", "HOLDFAST_NEW_PASSPHRASE", "HOLDFAST_ARCHIVE_PASSPHRASE", "RESTIC_PASSWORD", "RESTIC_FROM_PASSWORD", "BORG_PASSPHRASE",
        "DB_BACKUP_PASSPHRASE",
    ];

    /// <summary>What to take out of a program's environment: every such variable that is set now, each with null.</summary>
    /// <param name="passphrases">Where passphrases come from; variables of the user's own naming are secrets, too, set or not.</param>
    public static IReadOnlyDictionary<string, string?> Removed(params IEnumerable<PassphraseSource?> passphrases) =>
        Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => Array.Exists(Prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            .Union(passphrases.OfType<PassphraseSource.EnvironmentVariable>().Select(source => source.Name), StringComparer.Ordinal)
            .ToDictionary(name => name, _ => (string?)null, StringComparer.Ordinal);
}
