using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <content>Owners, modes, times, extended attributes and device nodes.</content>
internal static partial class LibC
{
    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport(Library, EntryPoint = "lchown", SetLastError = true)]
    public static partial int ChangeOwner(ReadOnlySpan<byte> path, uint user, uint group);

    [LibraryImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(SafeFileHandle file, uint mode);

    [LibraryImport(Library, EntryPoint = "fchmodat", SetLastError = true)]
    public static partial int ChangeModeAt(int directory, ReadOnlySpan<byte> path, uint mode, int flags);

    [LibraryImport(Library, EntryPoint = "fchmodat", SetLastError = true)]
    public static partial int ChangeModeAt(SafeFileHandle directory, ReadOnlySpan<byte> path, uint mode, int flags);

    [LibraryImport(Library, EntryPoint = "utimensat", SetLastError = true)]
    public static partial int SetTimes(int directory, ReadOnlySpan<byte> path, ReadOnlySpan<TimeSpecification> times, int flags);

    [LibraryImport(Library, EntryPoint = "llistxattr", SetLastError = true)]
    public static partial nint ListAttributes(ReadOnlySpan<byte> path, Span<byte> list, nint size);

    [LibraryImport(Library, EntryPoint = "lgetxattr", SetLastError = true)]
    public static partial nint GetAttribute(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, Span<byte> value, nint size);

    [LibraryImport(Library, EntryPoint = "lsetxattr", SetLastError = true)]
    public static partial int SetAttribute(
        ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, nint size, int flags);

    [LibraryImport(Library, EntryPoint = "lremovexattr", SetLastError = true)]
    public static partial int RemoveAttribute(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint MakeNodeAt(nint number, nint directory, ReadOnlySpan<byte> path, nint mode, nint device);

    /// <summary>Returns the error number itself; <paramref name="result"/> is null when there is no such user.</summary>
    [LibraryImport(Library, EntryPoint = "getpwuid_r")]
    public static partial int GetUser(uint id, Span<nint> entry, Span<byte> buffer, nint size, out nint result);

    /// <summary>Returns the error number itself; <paramref name="result"/> is null when there is no such group.</summary>
    [LibraryImport(Library, EntryPoint = "getgrgid_r")]
    public static partial int GetGroup(uint id, Span<nint> entry, Span<byte> buffer, nint size, out nint result);

    /// <summary>As <see cref="GetUser"/>, by name.</summary>
    [LibraryImport(Library, EntryPoint = "getpwnam_r")]
    public static partial int GetUserByName(ReadOnlySpan<byte> name, Span<nint> entry, Span<byte> buffer, nint size, out nint result);

    /// <summary>As <see cref="GetGroup"/>, by name.</summary>
    [LibraryImport(Library, EntryPoint = "getgrnam_r")]
    public static partial int GetGroupByName(ReadOnlySpan<byte> name, Span<nint> entry, Span<byte> buffer, nint size, out nint result);
}
