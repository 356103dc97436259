using Holdfast.Engine.Secrets;

namespace Holdfast.Engine.Manifest;

/// <summary>What the programs that a manifest names find in their environment: all but Holdfast's secrets.</summary>
public static class ProgramEnvironment
{
    /// <summary>The variables to remove, each with null: well-known ones, and every one that the manifest names for a passphrase.</summary>
    public static IReadOnlyDictionary<string, string?> Of(ApplicationManifest application) =>
        SecretVariables.Removed(SecretsOf(application));

    /// <summary>Where the manifest takes secrets from.</summary>
    public static IReadOnlyList<PassphraseSource?> SecretsOf(ApplicationManifest application) =>
    [
        application.Passphrase,
        .. application.Repositories.SelectMany(repository =>
            (PassphraseSource?[])[repository.Passphrase, repository.Credentials.Password, repository.Credentials.Secret, repository.Credentials.SessionToken]),
        .. application.Archives.Select(archive => archive.Passphrase),
    ];
}
