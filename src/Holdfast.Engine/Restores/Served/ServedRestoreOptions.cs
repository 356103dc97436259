using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Served;

/// <summary>Which database of a snapshot is restored into which server.</summary>
public sealed record ServedRestoreOptions : ServedTargetOptions
{
    public required StoredSnapshot Snapshot { get; init; }

    /// <summary>As the manifest named it; null where the snapshot has only one.</summary>
    public string? Name { get; init; }

    /// <summary>Who holds the lock on the repository meanwhile; null leaves it unlocked, for one that cannot be written to.</summary>
    public required ClientIdentity? Identity { get; init; }
}
