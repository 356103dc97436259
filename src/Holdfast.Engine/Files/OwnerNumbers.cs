using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Holdfast.Engine.Files;

/// <summary>Numbers of users and groups by name, as the system's name service knows them (getpwnam_r(3)). Remembers the answers. Thread-safe.</summary>
public sealed class OwnerNumbers
{
    // struct passwd and struct group both fit in this many words, and both have the number as the 32 bits after two pointers.
    private const int EntryWords = 8;
    private const int NumberOffset = 2;
    private const int SmallestBuffer = 1024;
    private const int LargestBuffer = 1024 * 1024;

    private readonly ConcurrentDictionary<string, uint?> _users = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, uint?> _groups = new(StringComparer.Ordinal);

    private delegate int Lookup(ReadOnlySpan<byte> name, Span<nint> entry, Span<byte> buffer, nint size, out nint result);

    /// <summary>The number of a user; null when there is none of that name here.</summary>
    public uint? User(string name) => _users.GetOrAdd(name, static name => Find(name, LibC.GetUserByName));

    /// <summary>The number of a group; null when there is none of that name here.</summary>
    public uint? Group(string name) => _groups.GetOrAdd(name, static name => Find(name, LibC.GetGroupByName));

    private static unsafe uint? Find(string name, Lookup lookup)
    {
        // Such a name is of a hostile snapshot.
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal)) return null;
        ReadOnlySpan<byte> terminated = [.. Encoding.UTF8.GetBytes(name), 0];
        Span<nint> entry = stackalloc nint[EntryWords];
        for (var size = SmallestBuffer; size <= LargestBuffer; size *= 4)
        {
            var memory = NativeMemory.Alloc((nuint)size);
            try
            {
                var errno = lookup(terminated, entry, new Span<byte>(memory, size), size, out var result);
                if (errno == Errno.Range) continue;
                return errno != 0 || result == 0 ? null : (uint)(entry[NumberOffset] & uint.MaxValue);
            }
            finally
            {
                NativeMemory.Free(memory);
            }
        }

        return null;
    }
}
