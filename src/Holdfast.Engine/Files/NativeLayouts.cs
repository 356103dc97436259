using System.Runtime.InteropServices;

namespace Holdfast.Engine.Files;

/// <summary>struct statx (statx(2)); the layout is the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatxBuffer
{
    [FieldOffset(0)] public uint Mask;
    [FieldOffset(16)] public uint Links;
    [FieldOffset(20)] public uint Uid;
    [FieldOffset(24)] public uint Gid;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong Size;
    [FieldOffset(48)] public ulong Blocks;
    [FieldOffset(64)] public StatxTime AccessedAt;
    [FieldOffset(80)] public StatxTime BornAt;
    [FieldOffset(96)] public StatxTime ChangedAt;
    [FieldOffset(112)] public StatxTime ModifiedAt;
    [FieldOffset(128)] public uint RdevMajor;
    [FieldOffset(132)] public uint RdevMinor;
    [FieldOffset(136)] public uint DevMajor;
    [FieldOffset(140)] public uint DevMinor;
}

/// <summary>struct statx_timestamp.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct StatxTime
{
    public long Seconds;
    public uint Nanoseconds;
}

/// <summary>struct timespec on 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpecification
{
    public long Seconds;
    public long Nanoseconds;
}

/// <summary>struct statfs of 64-bit Linux (statfs(2)), of which only the kind is read.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatfsBuffer
{
    [FieldOffset(0)] public long Kind;
}

/// <summary>struct statvfs of 64-bit glibc (statvfs(3)).</summary>
[StructLayout(LayoutKind.Explicit, Size = 112)]
internal struct StatvfsBuffer
{
    [FieldOffset(8)] public ulong FragmentSize;
    [FieldOffset(16)] public ulong Blocks;
    [FieldOffset(32)] public ulong BlocksAvailable;
}
