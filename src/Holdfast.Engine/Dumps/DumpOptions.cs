using Holdfast.Engine.Files;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Dumps;

/// <summary>What to take out of a snapshot, and where to put it.</summary>
public sealed record DumpOptions
{
    public required StoredSnapshot Snapshot { get; init; }

    /// <summary>Absolute, as in the snapshot: a file, or a folder, which becomes a tar archive.</summary>
    public required FilePath Path { get; init; }

    /// <summary>The file to make, absolute; null: standard output.</summary>
    public FilePath? Output { get; init; }

    /// <summary>The output may replace a file.</summary>
    public bool Force { get; init; }

    /// <summary>No archives to standard output: a person looks at it.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Folders that must never be written into: the repository, when it is on this machine.</summary>
    public IReadOnlyList<FilePath> Forbidden { get; init; } = [];

    /// <summary>Who holds the lock on the repository meanwhile.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>False leaves the repository unlocked, for one that cannot be written to.</summary>
    public bool Lock { get; init; } = true;
}
