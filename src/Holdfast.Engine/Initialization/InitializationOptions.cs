using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Keys;

namespace Holdfast.Engine.Initialization;

/// <summary>For what manifest, key and repository are made, as far as they are missing.</summary>
public sealed record InitializationOptions
{
    /// <summary>What the repository is called where nobody names another place.</summary>
    public const string DefaultRepository = "backups";

    /// <summary>What the key is called where nobody says where the passphrase comes from.</summary>
    public const string DefaultPassphraseFile = "holdfast.key";

    /// <summary>The application's folder, absolute; relative paths are seen from it.</summary>
    public required FilePath Folder { get; init; }

    /// <summary>The manifest that is there; null when one is to be drafted.</summary>
    public LoadedManifest? Manifest { get; init; }

    /// <summary>The repository as the user named it; null when nobody did.</summary>
    public string? Repository { get; init; }

    /// <summary>Where the passphrase comes from; null when a key is to be made.</summary>
    public PassphraseSource? Passphrase { get; init; }

    /// <summary>Where files are cut; null draws that at random. With another repository's, copies between both share their pieces.</summary>
    public Polynomial? ChunkerPolynomial { get; init; }

    /// <summary>Holdfast's own, which no backup holds.</summary>
    public required FilePath StateFolder { get; init; }

    /// <summary>How a repository that is not on this machine is reached.</summary>
    public required StorageOptions Storage { get; init; }

    /// <summary>Who makes the repository, and on which host.</summary>
    public required ClientIdentity Identity { get; init; }
}
