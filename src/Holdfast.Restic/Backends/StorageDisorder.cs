using Holdfast.Restic.Format;

namespace Holdfast.Restic.Backends;

/// <summary>
/// What a listing does not show, because it passes over names that are not IDs and takes a missing folder for an empty one; or because the storage leaves
/// it out. Each may hide snapshots, and what those need would look as if nobody needed it.
/// </summary>
/// <param name="MissingFolders">Folders that every repository has, and that are not there; names in the repository.</param>
/// <param name="UnknownSnapshots">What lies in the folder of the snapshots and is none, nor the rest of an interrupted write; names in the repository, as they are.</param>
public sealed record StorageDisorder(IReadOnlyList<string> MissingFolders, IReadOnlyList<string> UnknownSnapshots)
{
    /// <summary>Snapshots that were seen here before, that a list leaves out, and that are there when they are asked for.</summary>
    public IReadOnlyList<Id> UnlistedSnapshots { get; init; } = [];

    /// <summary>All is as it should be.</summary>
    public static StorageDisorder None { get; } = new([], []);
}
