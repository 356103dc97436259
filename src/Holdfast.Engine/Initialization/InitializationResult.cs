using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest.Drafting;
using Holdfast.Engine.Repositories;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Initialization;

/// <summary>What was made. It holds no secret.</summary>
public sealed record InitializationResult
{
    public required RepositoryAddress Repository { get; init; }

    public required Id RepositoryId { get; init; }

    /// <summary>The manifest that was written or used; null when just a repository was made.</summary>
    public FilePath? Manifest { get; init; }

    /// <summary>What the manifest was made of; null when there was one, or none was wanted.</summary>
    public FolderDraft? Draft { get; init; }

    /// <summary>The file of the passphrase, made or used; null when it comes from elsewhere.</summary>
    public FilePath? PassphraseFile { get; init; }

    /// <summary>The sheet of the key that was made now; null when none was.</summary>
    public FilePath? RecoverySheet { get; init; }

    /// <summary>There is something that a backup would save, beside the manifest.</summary>
    public bool HasContent { get; init; }

    /// <summary>What should not stay so, such as a repository on the disk of the data.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What the user should know though nothing is wrong.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}
