using System.Text;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Files;

/// <summary>Reads and changes the extended attributes of a file, a symbolic link's own included (xattr(7)).</summary>
internal static class FileAttributeStore
{
    private const int FirstBuffer = 1024;

    /// <summary>All attributes in the system's order. None where the file system has no attributes.</summary>
    public static IReadOnlyList<ExtendedAttribute> Read(FilePath path)
    {
        var names = Names(path);
        if (names.Count == 0) return [];
        var attributes = new List<ExtendedAttribute>(names.Count);
        foreach (var name in names)
            if (Value(path, name) is { } value)
                attributes.Add(new ExtendedAttribute(Encoding.UTF8.GetString(name.AsSpan(0, name.Length - 1)), value));
        return attributes;
    }

    /// <summary>The names, each with its terminating NUL.</summary>
    public static IReadOnlyList<byte[]> Names(FilePath path)
    {
        Span<byte> small = stackalloc byte[FirstBuffer];
        var list = small;
        nint length;
        while ((length = LibC.ListAttributes(path.Terminated, list, list.Length)) < 0)
        {
            if (LibC.LastError == Errno.NotSupported) return [];
            if (LibC.LastError != Errno.Range) FileFailure.Throw("list the extended attributes of", path);
            list = new byte[list.Length * 8];
        }

        var names = new List<byte[]>();
        for (list = list[..(int)length]; !list.IsEmpty; list = list[(names[^1].Length)..])
            names.Add(list[..(list.IndexOf((byte)0) + 1)].ToArray());
        return names;
    }

    /// <summary>Sets an attribute; returns the error number, 0 when done.</summary>
    public static int Set(FilePath path, ExtendedAttribute attribute)
    {
        byte[] name = [.. Encoding.UTF8.GetBytes(attribute.Name), 0];
        var value = attribute.Value.Span;
        return LibC.SetAttribute(path.Terminated, name, value, value.Length, 0) == 0 ? 0 : LibC.LastError;
    }

    /// <summary>Removes an attribute; returns the error number, 0 when done.</summary>
    public static int Remove(FilePath path, byte[] terminatedName) =>
        LibC.RemoveAttribute(path.Terminated, terminatedName) == 0 || LibC.LastError == Errno.NoAttribute ? 0 : LibC.LastError;

    // Null when the attribute was removed since it was listed.
    private static byte[]? Value(FilePath path, byte[] name)
    {
        Span<byte> small = stackalloc byte[FirstBuffer];
        var value = small;
        nint length;
        while ((length = LibC.GetAttribute(path.Terminated, name, value, value.Length)) < 0)
        {
            if (LibC.LastError == Errno.NoAttribute) return null;
            if (LibC.LastError != Errno.Range)
                FileFailure.Throw($"read the extended attribute \"{PrintableName.Escape(name.AsSpan(0, name.Length - 1))}\" of", path);
            value = new byte[value.Length * 8];
        }

        return value[..(int)length].ToArray();
    }
}
