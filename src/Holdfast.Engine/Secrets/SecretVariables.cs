using System.Collections;

namespace Holdfast.Engine.Secrets;

/// <summary>The variables that hold secrets of Holdfast and its relatives: no program that Holdfast starts is given them.</summary>
public static class SecretVariables
{
    private static readonly string[] Prefixes =
    [
        "HOLDFAST_PASSPHRASE", "HOLDFAST_NEW_PASSPHRASE", "HOLDFAST_ARCHIVE_PASSPHRASE", "RESTIC_PASSWORD", "RESTIC_FROM_PASSWORD", "BORG_PASSPHRASE",
        "DB_BACKUP_PASSPHRASE", "RESTIC_REST_PASSWORD",
    ];

    // An application may need these, and so may what a manifest names; nobody needs them to reach another machine.
    private static readonly string[] Storage = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

    /// <summary>What to take out of a program's environment: every such variable that is set now, each with null.</summary>
    /// <param name="passphrases">Where passphrases come from; variables of the user's own naming are secrets, too, set or not.</param>
    public static IReadOnlyDictionary<string, string?> Removed(params IEnumerable<PassphraseSource?> passphrases) =>
        Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(IsSecret)
            .Union(passphrases.OfType<PassphraseSource.EnvironmentVariable>().Select(source => source.Name), StringComparer.Ordinal)
            .ToDictionary(name => name, _ => (string?)null, StringComparer.Ordinal);

    /// <summary>What a program that only reaches another machine is not given either: also the keys of storage.</summary>
    /// <param name="secrets">Where secrets come from.</param>
    public static IReadOnlyCollection<string> HiddenFromTransport(IEnumerable<PassphraseSource?> secrets) => [.. Removed(secrets).Keys.Union(Storage, StringComparer.Ordinal)];

    internal static bool IsSecret(string name) => Array.Exists(Prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
