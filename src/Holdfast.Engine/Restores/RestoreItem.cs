using Holdfast.Engine.Files;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores;

/// <summary>One thing to restore.</summary>
public sealed record RestoreItem
{
    /// <summary>Its absolute path in the snapshot.</summary>
    public required FilePath Source { get; init; }

    /// <summary>Where it is to be.</summary>
    public required FilePath Destination { get; init; }

    public required Node Node { get; init; }

    /// <summary>Bytes of its content, by the blobs and not by what the node says; 0 for everything but files.</summary>
    public long Bytes { get; init; }

    public bool IsDatabase { get; init; }

    /// <summary>There is something at the destination that it takes the place of; never true of folders.</summary>
    public bool Replaces { get; init; }

    /// <summary>A folder above what was asked for or above what was backed up; an existing one is left as it is.</summary>
    public bool IsLeading { get; init; }

    /// <summary>Set for a journal that was saved beside a database: the database it is a part of.</summary>
    public FilePath? JournalOf { get; init; }

    public bool IsFile => Node.Type == NodeType.File;

    public bool IsDirectory => Node.Type == NodeType.Directory;
}
