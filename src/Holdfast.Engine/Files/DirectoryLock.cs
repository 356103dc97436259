using System.Globalization;
using Holdfast.Restic.Failures;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>
/// A lock on a directory (flock(2)) that goes with its process, whatever ends it. Every user who may read the directory can take it, so it
/// also holds between users.
/// </summary>
public sealed class DirectoryLock : IDisposable
{
    private const int LocksLimit = 16 * 1024 * 1024;

    private readonly SafeFileHandle? _handle;

    private DirectoryLock(SafeFileHandle? handle) => _handle = handle;

    /// <summary>Takes the lock without waiting.</summary>
    /// <param name="directory">An existing directory.</param>
    /// <param name="isShared">Any number of processes may share it; else one has it alone.</param>
    /// <returns>Null when another process is in the way. On a file system without locks there is nothing to take, and nobody is.</returns>
    /// <exception cref="HoldfastException">The directory cannot be opened.</exception>
    public static DirectoryLock? TryTake(FilePath directory, bool isShared)
    {
        if (!LibC.TryOpen(directory, OpenFlags.ReadOnly | OpenFlags.Directory, 0, out var handle))
            FileFailure.Throw("open the directory", directory);
        if (LibC.Lock(handle, (isShared ? LibC.LockShared : LibC.LockExclusive) | LibC.LockNoWait) == 0) return new DirectoryLock(handle);
        var errno = LibC.LastError;
        handle.Dispose();
        return errno switch
        {
            Errno.Again => null,
            Errno.NoLocks or Errno.NotImplemented or Errno.NotSupported or Errno.Invalid => new DirectoryLock(null),
            _ => throw FileFailure.From(errno, "lock the directory", directory),
        };
    }

    /// <summary>The processes that hold a lock on the directory, as the kernel lists them (proc_locks(5)); those of other namespaces are missing.</summary>
    public static IReadOnlyList<int> HoldersOf(FilePath directory)
    {
        if (FileSystem.TryStatus(directory, followLinks: true) is not { } status) return [];
        var inode = status.Inode.ToString(CultureInfo.InvariantCulture);
        var holders = new List<int>();
        foreach (var line in FileSystem.ReadAllText(FilePath.From("/proc/locks"), LocksLimit).Split('\n'))
        {
            // 12: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF; one that waits has "->" before its type. The device is not
            // compared: btrfs and overlayfs name another one here than in stat(2).
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 6 || fields[1] != "FLOCK") continue;
            if (fields[5].Split(':') is [_, _, var locked] && locked == inode && int.TryParse(fields[4], CultureInfo.InvariantCulture, out var id) && id > 0)
                holders.Add(id);
        }

        return holders;
    }

    public void Dispose() => _handle?.Dispose();
}
