namespace Holdfast.Restic.Trees;

/// <summary>The words for node types in trees (section 7.1).</summary>
public static class NodeTypeNames
{
    /// <summary>The word that is written; null for types that must not be.</summary>
    public static string? NameOf(NodeType type) => type switch
    {
        NodeType.File => "file",
        NodeType.Directory => "dir",
        NodeType.Symlink => "symlink",
        NodeType.BlockDevice => "dev",
        NodeType.CharacterDevice => "chardev",
        NodeType.Fifo => "fifo",
        NodeType.Socket => "socket",
        _ => null,
    };

    /// <summary>The type a word stands for; <see cref="NodeType.Unknown"/> for every other word.</summary>
    public static NodeType TypeOf(string? name) => name switch
    {
        "file" => NodeType.File,
        "dir" => NodeType.Directory,
        "symlink" => NodeType.Symlink,
        "dev" => NodeType.BlockDevice,
        "chardev" => NodeType.CharacterDevice,
        "fifo" => NodeType.Fifo,
        "socket" => NodeType.Socket,
        _ => NodeType.Unknown,
    };
}
