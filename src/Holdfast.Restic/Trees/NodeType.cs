namespace Holdfast.Restic.Trees;

/// <summary>The types of tree nodes (section 7.1). Sockets are never saved; "irregular" was written by mistake and is read as unknown.</summary>
public enum NodeType
{
    File,
    Directory,
    Symlink,
    BlockDevice,
    CharacterDevice,
    Fifo,
    Socket,
    Unknown,
}
