using Holdfast.Engine.Files;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores;

/// <summary>What to restore, and where.</summary>
public sealed record RestoreOptions
{
    public required StoredSnapshot Snapshot { get; init; }

    /// <summary>Absolute paths as in the snapshot; a folder includes what is below it. Empty: everything.</summary>
    public IReadOnlyList<FilePath> Include { get; init; } = [];

    /// <summary>The absolute folder below which the absolute paths are made again; null: in place.</summary>
    public FilePath? Target { get; init; }

    /// <summary>Folders that must never be written into: the repository, when it is on this machine.</summary>
    public IReadOnlyList<FilePath> Forbidden { get; init; } = [];

    /// <summary>Who holds the lock on the repository meanwhile.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>False leaves the repository unlocked, for one that cannot be written to.</summary>
    public bool Lock { get; init; } = true;

    /// <summary>Threads that fetch, verify and write.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;
}
