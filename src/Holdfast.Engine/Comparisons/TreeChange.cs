using Holdfast.Engine.Files;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Comparisons;

/// <summary>One file, folder, link or device that two snapshots have differently.</summary>
/// <param name="Path">Absolute, as in the snapshots.</param>
/// <param name="Kind">How it differs.</param>
/// <param name="Old">As the older snapshot has it; null when it was added.</param>
/// <param name="New">As the newer one has it; null when it was removed.</param>
/// <param name="NewBytes">Bytes of content that the newer one has and the older one does not have at this path.</param>
/// <param name="Metadata">What differs besides the content: <c>mode</c>, <c>owner</c>, <c>time</c>, <c>attributes</c>.</param>
public sealed record TreeChange(FilePath Path, ChangeKind Kind, Node? Old, Node? New, long NewBytes, IReadOnlyList<string> Metadata)
{
    /// <summary>What it is now, or was when it is gone.</summary>
    public NodeType Type => (New ?? Old!).Type;
}

/// <summary>How something differs between two snapshots.</summary>
public enum ChangeKind
{
    Added,
    Removed,

    /// <summary>The bytes of a file, the target of a link or the number of a device.</summary>
    Content,

    /// <summary>Only mode, owner, time or extended attributes.</summary>
    Metadata,

    /// <summary>It became something else: a file a folder, say. What was and is below is told by itself.</summary>
    Type,
}
