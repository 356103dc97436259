using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Holdfast.Engine.Files;

/// <summary>
/// Names of users and groups by number, as the system's name service knows them (getpwuid_r(3)). Remembers the answers for as long as this
/// object lives, because a tree asks for the same few again and again. Thread-safe.
/// </summary>
public sealed class OwnerNames
{
    // struct passwd and struct group both start with the name and fit in this many words.
    private const int EntryWords = 8;
    private const int SmallestBuffer = 1024;
    private const int LargestBuffer = 1024 * 1024;

    private readonly ConcurrentDictionary<uint, string?> _users = new();
    private readonly ConcurrentDictionary<uint, string?> _groups = new();

    private delegate int Lookup(uint id, Span<nint> entry, Span<byte> buffer, nint size, out nint result);

    /// <summary>The name of a user; null when the number has none or the name service does not answer, as restic has it.</summary>
    public string? User(uint id) => _users.GetOrAdd(id, static id => Find(id, LibC.GetUser));

    /// <summary>The name of a group; null when the number has none or the name service does not answer.</summary>
    public string? Group(uint id) => _groups.GetOrAdd(id, static id => Find(id, LibC.GetGroup));

    private static unsafe string? Find(uint id, Lookup lookup)
    {
        Span<nint> entry = stackalloc nint[EntryWords];
        // A group with many members needs a large buffer; ERANGE asks for it.
        for (var size = SmallestBuffer; size <= LargestBuffer; size *= 4)
        {
            // The entry points into the buffer, which must not move before the name is copied.
            var memory = NativeMemory.Alloc((nuint)size);
            try
            {
                var errno = lookup(id, entry, new Span<byte>(memory, size), size, out var result);
                if (errno == Errno.Range) continue;
                if (errno != 0 || result == 0) return null;
                return Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)entry[0]));
            }
            finally
            {
                NativeMemory.Free(memory);
            }
        }

        return null;
    }
}
