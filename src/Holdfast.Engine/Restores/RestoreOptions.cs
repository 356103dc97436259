using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores;

/// <summary>What to restore, and where.</summary>
public sealed record RestoreOptions
{
    public required StoredSnapshot Snapshot { get; init; }

    /// <summary>Absolute paths as in the snapshot; a folder includes what is below it. Empty: everything.</summary>
    public IReadOnlyList<FilePath> Include { get; init; } = [];

    /// <summary>As <see cref="Include"/>, for names that stand for several paths: those that are not in the snapshot are passed over.</summary>
    public IReadOnlyList<FilePath> Parts { get; init; } = [];

    /// <summary>
    /// Names of parts, as a person gives them: databases, groups of files, paths below the root; they take the place of <see cref="Parts"/>. Empty: none.
    /// </summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>The manifest at hand, for what the snapshot does not say of <see cref="Only"/>; null without one.</summary>
    public ApplicationManifest? Manifest { get; init; }

    /// <summary>The absolute folder below which the absolute paths are made again; null: in place.</summary>
    public FilePath? Target { get; init; }

    /// <summary>What is there now and shall go, because a restore made it that is rolled back. In place only.</summary>
    public IReadOnlyList<FilePath> Remove { get; init; } = [];

    /// <summary>In place: restore nothing, and only take away what <see cref="Remove"/> names.</summary>
    public bool OnlyRemoves { get; init; }

    /// <summary>
    /// In place: remove also the files in restored folders that are not in the snapshot. They are in the safety snapshot then.
    /// </summary>
    public bool Delete { get; init; }

    /// <summary>What backups leave out is not in the snapshot for that reason, and stays; null for nothing.</summary>
    public Exclusions? Excluded { get; init; }

    /// <summary>In place: restore also databases whose foreign keys, expected tables or assertions do not hold.</summary>
    public bool AcceptsContent { get; init; }

    /// <summary>Where the application is on this host; what the snapshot has below another root goes there. Null: to where it came from.</summary>
    public ApplicationPlace? Place { get; init; }

    /// <summary>In place: belongs to the process of the application, and is neither brought back nor removed; null for none.</summary>
    public FilePath? PidFile { get; init; }

    /// <summary>Folders that must never be written into: the repository, when it is on this machine.</summary>
    public IReadOnlyList<FilePath> Forbidden { get; init; } = [];

    /// <summary>Who holds the lock on the repository meanwhile.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>False leaves the repository unlocked, for one that cannot be written to.</summary>
    public bool Lock { get; init; } = true;

    /// <summary>Threads that fetch, verify and write.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;
}

/// <summary>Where an application is on this host.</summary>
/// <param name="Root">Its root.</param>
/// <param name="Manifest">Its manifest.</param>
public sealed record ApplicationPlace(FilePath Root, FilePath Manifest);
