using System.Collections;

namespace Holdfast.Engine.Secrets;

/// <summary>The variables that hold secrets of Holdfast and its relatives: no program that Holdfast starts is given them.</summary>
public static class SecretVariables
{
    private static readonly string[] Prefixes = ["HOLDFAST_PASSPHRASE", "HOLDFAST_NEW_PASSPHRASE", "RESTIC_PASSWORD", "RESTIC_FROM_PASSWORD", "BORG_PASSPHRASE"];

    /// <summary>What to take out of a program's environment: every such variable that is set now, each with null.</summary>
    /// <param name="passphrase">Where the passphrase comes from; a variable of the user's own naming is a secret, too.</param>
    public static IReadOnlyDictionary<string, string?> Removed(PassphraseSource? passphrase)
    {
        var own = (passphrase as PassphraseSource.EnvironmentVariable)?.Name;
        return Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name == own || Array.Exists(Prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            .ToDictionary(name => name, _ => (string?)null, StringComparer.Ordinal);
    }
}
