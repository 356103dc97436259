using Holdfast.Engine.Files;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// The lock that SQLite itself takes to have a database alone (EXCLUSIVE, https://sqlite.org/lockingv3.html, and os.h for the bytes). While
/// it is held no other process can begin to read or write the file, with a WAL or without; so none makes a journal beside it either.
/// </summary>
internal static class DatabaseLock
{
    /// <summary>PENDING_BYTE; RESERVED_BYTE and the shared range follow it.</summary>
    private const long PendingByte = 0x4000_0000;

    /// <summary>The pending byte, the reserved byte and SHARED_SIZE bytes.</summary>
    private const long Length = 1 + 1 + 510;

    /// <exception cref="HoldfastException">Busy, naming who holds it as far as that can be seen.</exception>
    internal static ByteRangeLock Take(FilePath file, FilePath database)
    {
        if (TryTake(file, out var holder) is { } taken) return taken;
        DatabaseUsers.Refuse([file], CancellationToken.None);
        var who = holder > 0 ? $"process {holder}" : "another process";
        throw new HoldfastException(
            FailureKind.Busy,
            $"the database \"{database.Display}\" is locked by {who}",
            "stop that first; or restore with --target to another folder");
    }

    internal static ByteRangeLock? TryTake(FilePath file, out int holder) => ByteRangeLock.TryTake(file, PendingByte, Length, out holder);
}
