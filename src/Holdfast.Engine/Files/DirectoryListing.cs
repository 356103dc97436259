using System.Buffers;
using System.Buffers.Binary;
using Holdfast.Restic.Trees;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>One name in a directory.</summary>
/// <param name="Name">Raw bytes; one component.</param>
/// <param name="Type">What the directory says the name is; null where the file system does not tell. A hint: the file may have changed
/// since.</param>
public readonly record struct DirectoryEntry(byte[] Name, NodeType? Type);

/// <summary>Lists directories in the order restic needs: ascending by raw name bytes (section 7.4).</summary>
public static class DirectoryListing
{
    private const int BufferSize = 64 * 1024;

    // struct linux_dirent64 (getdents(2)): inode 8, offset 8, record length 2, type 1, name.
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    /// <summary>The names in a directory without "." and "..", sorted. A symbolic link in place of the directory is not followed.</summary>
    /// <exception cref="Restic.Failures.HoldfastException">NotFound: absent, or not a directory. Failed: unreadable.</exception>
    public static IReadOnlyList<DirectoryEntry> Read(FilePath path)
    {
        if (!LibC.TryOpen(path, OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow, 0, out var directory))
            FileFailure.Throw("list the directory", path);
        using (directory) return Read(directory, path);
    }

    internal static List<DirectoryEntry> Read(SafeFileHandle directory, FilePath path)
    {
        var entries = new List<DirectoryEntry>();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int length;
            while ((length = (int)LibC.GetDirectoryEntries(SystemCallNumber.GetDirectoryEntries, directory, buffer, buffer.Length)) > 0)
                Parse(buffer.AsSpan(0, length), entries);
            if (length < 0) FileFailure.Throw("list the directory", path);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        entries.Sort(static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        return entries;
    }

    private static void Parse(ReadOnlySpan<byte> records, List<DirectoryEntry> entries)
    {
        while (!records.IsEmpty)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(records[LengthOffset..]);
            var name = records[NameOffset..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                entries.Add(new DirectoryEntry(name.ToArray(), TypeOf(records[TypeOffset])));
            records = records[length..];
        }
    }

    // DT_* are the type bits of st_mode; 0 is "unknown".
    private static NodeType? TypeOf(byte type) => type == 0 ? null : NodeMode.TypeOfStat((uint)type << 12);
}
