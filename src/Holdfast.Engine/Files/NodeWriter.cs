using System.Text;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Files;

/// <summary>Gives restored files their metadata and makes the nodes that have no content (section 7.5).</summary>
/// <param name="isRoot">Whether a refusal is an error (root) or to be expected and counted (anyone else).</param>
public sealed class NodeWriter(bool isRoot)
{
    // The kernel or its security policy owns these; removing what it put on a new file is refused or harmful.
    private static readonly string[] PolicyAttributes = ["security.selinux", "security.ima", "security.evm"];

    public NodeWriter()
        : this(FileSystem.IsRoot)
    {
    }

    /// <summary>
    /// Applies the metadata of <paramref name="node"/> to the finished file at <paramref name="path"/>, never through a symbolic link:
    /// owner first, because changing it clears setuid; then attributes, which need write permission; then times; the mode last. For a
    /// directory after everything in it.
    /// </summary>
    /// <exception cref="HoldfastException">Something could not be applied that this user should be able to apply.</exception>
    public MetadataResult Apply(FilePath path, Node node)
    {
        var ownerRefused = !ApplyOwner(path, node);
        var attributes = ApplyAttributes(path, node);
        ApplyTimes(path, node);
        if (node.Type != NodeType.Symlink) FileSystem.SetPermissions(path, NodeMode.PermissionsOf(node.Mode));
        return ownerRefused ? attributes with { OwnerNotPermitted = true } : attributes;
    }

    /// <summary>Makes a symbolic link, fifo or device; metadata are to be applied afterwards. Fails when the name is taken.</summary>
    /// <exception cref="HoldfastException">Failed: taken, not permitted (devices need root), or a type that is not made this
    /// way.</exception>
    public static void Create(FilePath path, Node node)
    {
        var result = node.Type switch
        {
            NodeType.Symlink => CreateSymlink(path, node.LinkTarget ?? default),
            NodeType.Fifo => LibC.MakeFifo(path.Terminated, FilePermissions.PrivateFile),
            NodeType.CharacterDevice => CreateDevice(path, 0x2180, node.Device),
            NodeType.BlockDevice => CreateDevice(path, 0x6180, node.Device),
            _ => throw new ArgumentException($"a {node.Type} is not made without content", nameof(node)),
        };
        if (result != 0) FileFailure.Throw(CreateWords(node.Type), path);
    }

    /// <summary>Makes <paramref name="path"/> another name of the file <paramref name="existing"/>. Fails when the name is taken.</summary>
    public static void Link(FilePath existing, FilePath path)
    {
        if (LibC.Link(existing.Terminated, path.Terminated) != 0) FileFailure.Throw($"link \"{existing.Display}\" as", path);
    }

    private static string CreateWords(NodeType type) => type switch
    {
        NodeType.Symlink => "create the symbolic link",
        NodeType.Fifo => "create the fifo",
        _ => "create the device",
    };

    private static int CreateSymlink(FilePath path, ReadOnlyMemory<byte> target)
    {
        if (target.IsEmpty || target.Span.Contains((byte)0))
            throw new HoldfastException(FailureKind.Damaged, $"the symbolic link \"{path.Display}\" has no valid target in the snapshot");
        return LibC.SymbolicLink([.. target.Span, 0], path.Terminated);
    }

    private static int CreateDevice(FilePath path, int mode, ulong device)
    {
        return (int)LibC.MakeNodeAt(SystemCallNumber.MakeNodeAt, LibC.CurrentDirectory, path.Terminated, mode, (nint)device);
    }

    private static void ApplyTimes(FilePath path, Node node)
    {
        ReadOnlySpan<TimeSpecification> times =
        [
            new() { Seconds = node.AccessedAt.UnixSeconds, Nanoseconds = node.AccessedAt.Nanoseconds },
            new() { Seconds = node.ModifiedAt.UnixSeconds, Nanoseconds = node.ModifiedAt.Nanoseconds },
        ];
        if (LibC.SetTimes(LibC.CurrentDirectory, path.Terminated, times, LibC.NoFollow) != 0) FileFailure.Throw("set the times of", path);
    }

    private static bool IsRefusal(int errno) => errno is Errno.NotPermitted or Errno.AccessDenied;

    // False when an ordinary user was refused.
    private bool ApplyOwner(FilePath path, Node node)
    {
        if (LibC.ChangeOwner(path.Terminated, node.Uid, node.Gid) == 0) return true;
        if (isRoot || !IsRefusal(LibC.LastError)) FileFailure.Throw("set the owner of", path);
        return false;
    }

    private MetadataResult ApplyAttributes(FilePath path, Node node)
    {
        var extra = FileAttributeStore.Names(path);
        if (node.ExtendedAttributes.Count == 0 && extra.Count == 0) return MetadataResult.Complete;
        var refused = new List<string>();
        var unsupported = new List<string>();
        foreach (var attribute in node.ExtendedAttributes)
            Note(FileAttributeStore.Set(path, attribute), attribute.Name, "set");

        var wanted = node.ExtendedAttributes.Select(a => a.Name).Concat(PolicyAttributes).ToHashSet(StringComparer.Ordinal);
        foreach (var terminated in extra)
        {
            var name = Encoding.UTF8.GetString(terminated.AsSpan(0, terminated.Length - 1));
            if (!wanted.Contains(name)) Note(FileAttributeStore.Remove(path, terminated), name, "remove");
        }

        return new MetadataResult(OwnerNotPermitted: false, refused, unsupported);

        void Note(int errno, string name, string operation)
        {
            if (errno == 0) return;
            if (errno == Errno.NotSupported) unsupported.Add(name);
            else if (!isRoot && IsRefusal(errno)) refused.Add(name);
            else throw FileFailure.From(errno, $"{operation} the extended attribute \"{PrintableName.Escape(name)}\" of", path);
        }
    }
}
