using Holdfast.Engine.Secrets;

namespace Holdfast.Engine.Manifest;

/// <summary>The environment variables that hold Holdfast's own secrets: nobody's programs are given them.</summary>
public static class SecretNames
{
    /// <summary>Where a passphrase is looked for when nothing else is said.</summary>
    public const string Standard = "HOLDFAST_PASSPHRASE";

    /// <summary>Those that a manifest names, and the one that is always looked at.</summary>
    public static IReadOnlyList<string> Of(ApplicationManifest application) =>
    [
        .. application.Archives
            .Select(archive => archive.Passphrase)
            .Append(application.Passphrase)
            .OfType<PassphraseSource.EnvironmentVariable>()
            .Select(variable => variable.Name)
            .Append(Standard)
            .Distinct(StringComparer.Ordinal),
    ];
}
