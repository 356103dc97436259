using Holdfast.Restic.Format;

namespace Holdfast.Restic.Trees;

/// <summary>One entry of a tree: everything restic keeps of a file, directory, link or device (section 7.1).</summary>
public sealed record Node
{
    /// <summary>The raw bytes of the name; need not be UTF-8. Never empty, one path component.</summary>
    public required ReadOnlyMemory<byte> Name { get; init; }

    public required NodeType Type { get; init; }

    /// <summary>Permission and type bits as Go's FileMode has them (section 7.4), not as stat does.</summary>
    public uint Mode { get; init; }

    public Timestamp ModifiedAt { get; init; }

    public Timestamp AccessedAt { get; init; }

    public Timestamp ChangedAt { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public string? User { get; init; }

    public string? Group { get; init; }

    public ulong Inode { get; init; }

    public ulong DeviceId { get; init; }

    /// <summary>Bytes; files only.</summary>
    public ulong Size { get; init; }

    public ulong Links { get; init; }

    /// <summary>The raw bytes of a symbolic link's target; null for everything else.</summary>
    public ReadOnlyMemory<byte>? LinkTarget { get; init; }

    /// <summary>In the order the system lists them; empty when there are none.</summary>
    public IReadOnlyList<ExtendedAttribute> ExtendedAttributes { get; init; } = [];

    /// <summary>Windows attributes as the JSON object they were read as; null when absent. Kept, not interpreted.</summary>
    public string? GenericAttributes { get; init; }

    /// <summary>The device number (st_rdev) of a device node.</summary>
    public ulong Device { get; init; }

    /// <summary>The data blobs of a file in order; empty for an empty file; null for every other type.</summary>
    public IReadOnlyList<Id>? Content { get; init; }

    /// <summary>The tree of a directory; null for every other type.</summary>
    public Id? Subtree { get; init; }

    public string? Error { get; init; }
}
