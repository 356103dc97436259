using Holdfast.Engine.Files;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Clusters;

/// <summary>Which cluster of a snapshot is restored, and where.</summary>
public sealed record ClusterRestoreOptions
{
    public required StoredSnapshot Snapshot { get; init; }

    /// <summary>The database's name in the manifest; null where the snapshot has only one.</summary>
    public string? Name { get; init; }

    /// <summary>The data directory that there will be, absolute.</summary>
    public required FilePath Target { get; init; }

    /// <summary>New folders of tablespaces, absolute, by their old ones; those that are not named go where they were.</summary>
    public IReadOnlyDictionary<string, FilePath> Tablespaces { get; init; } = new Dictionary<string, FilePath>(StringComparer.Ordinal);

    /// <summary>A data directory may be at the target: it is kept under another name.</summary>
    public bool Replace { get; init; }

    /// <summary>Start a server on it before it gets its name, and ask that.</summary>
    public bool Check { get; init; }

    /// <summary>Folders that must never be written into: the repository, when it is on this machine.</summary>
    public IReadOnlyList<FilePath> Forbidden { get; init; } = [];

    /// <summary>Who holds the lock on the repository meanwhile.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>False leaves the repository unlocked, for one that cannot be written to.</summary>
    public bool Lock { get; init; } = true;

    /// <summary>Threads that fetch, verify and write.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;
}
