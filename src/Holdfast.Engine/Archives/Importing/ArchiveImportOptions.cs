using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Keys;

namespace Holdfast.Engine.Archives.Importing;

/// <summary>What to import, and for whom.</summary>
public sealed record ArchiveImportOptions
{
    public required FilePath File { get; init; }

    /// <summary>For encrypted archives.</summary>
    public Passphrase? Passphrase { get; init; }

    /// <summary>This application; null without a manifest: then the archive's.</summary>
    public string? Application { get; init; }

    /// <summary>The root of this application; paths below the archive's root are mapped to it. Null leaves them.</summary>
    public FilePath? Root { get; init; }

    /// <summary>What this application's manifest declares; says where the database of a <c>.db</c> or <c>.sql</c> belongs.</summary>
    public IReadOnlyList<DatabaseDeclaration> Databases { get; init; } = [];

    /// <summary>Which of these databases a <c>.db</c> or <c>.sql</c> is; null for the only one.</summary>
    public string? Database { get; init; }

    /// <summary>Symbolic links that lead out of what the archive holds are accepted.</summary>
    public bool TrustLinks { get; init; }

    /// <summary>Files outside of the application, such as run as their owner, and a manifest that runs other programs are accepted.</summary>
    public bool TrustPaths { get; init; }

    /// <summary>The manifest of the application here; null without one.</summary>
    public LoadedManifest? Manifest { get; init; }

    /// <summary>An archive of another application is accepted for this one.</summary>
    public bool AnyApplication { get; init; }

    /// <summary>Folders in which a scratch directory may be made; the first with room is taken.</summary>
    public required IReadOnlyList<FilePath> ScratchCandidates { get; init; }

    public required ClientIdentity Identity { get; init; }

    /// <summary>Threads for hashing, compression and encryption.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Name and version of the program.</summary>
    public required string Program { get; init; }
}
