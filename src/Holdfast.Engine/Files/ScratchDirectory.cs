using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Restic.Failures;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>
/// A private directory (0700) that goes away with its owner. Its name says which process made it, and that process holds a lock
/// (flock(2)) on it while it lives: the name protects it from the first instant, the lock also from processes that cannot see the
/// owner, such as those of another container.
/// </summary>
public sealed partial class ScratchDirectory : IDisposable, IAsyncDisposable
{
    private const string Prefix = "holdfast-scratch-";

    private readonly SafeFileHandle _lock;
    private bool _disposed;

    private ScratchDirectory(FilePath path, SafeFileHandle handle)
    {
        Path = path;
        _lock = handle;
    }

    /// <summary>The directory; empty at first.</summary>
    public FilePath Path { get; }

    /// <summary>Makes a fresh directory in <paramref name="parent"/>, which is created when missing.</summary>
    public static ScratchDirectory Create(FilePath parent)
    {
        FileSystem.CreateDirectories(parent);
        var owner = ProcessIdentity.Current();
        var random = RandomNumberGenerator.GetHexString(8, lowercase: true);
        var path = parent.Combine(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{owner.Id}-{owner.StartTicks}-{random}"));
        if (!FileSystem.TryCreateDirectory(path, FilePermissions.PrivateDirectory))
            throw FileFailure.From(Errno.Exists, "create the directory", path);
        var handle = Open(path) ?? throw FileFailure.From(Errno.NoEntry, "open the directory", path);
        // A file system without locks leaves the protection to the name.
        if (TryLock(handle, path) != false) return new ScratchDirectory(path, handle);
        handle.Dispose();
        throw new HoldfastException(FailureKind.Busy, $"another process took the new directory \"{path.Display}\"");
    }

    /// <summary>
    /// Removes the directories in <paramref name="parent"/> whose owners are gone, and returns which they were. Those of living
    /// processes stay.
    /// </summary>
    public static IReadOnlyList<FilePath> RemoveLeftovers(FilePath parent)
    {
        var removed = new List<FilePath>();
        if (FileSystem.TryStatus(parent, followLinks: true) is not { IsDirectory: true }) return removed;
        var place = FileSystem.RealPath(parent);
        foreach (var entry in DirectoryListing.Read(place))
        {
            if (OwnerOf(entry.Name) is not { } owner || owner.IsAlive()) continue;
            var path = place.Combine(entry.Name);
            using var handle = Open(path);
            if (handle is null || TryLock(handle, path) == false) continue;
            if (FileSystem.RemoveTree(path)) removed.Add(path);
        }

        return removed;
    }

    /// <summary>Removes the directory with everything in it.</summary>
    /// <exception cref="HoldfastException">Something could not be removed.</exception>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        using (_lock) FileSystem.RemoveTree(Path);
    }

    public async ValueTask DisposeAsync() => await Task.Run(Dispose);

    // Null when it vanished, is not a directory, or belongs to another user, whose business it then is.
    private static SafeFileHandle? Open(FilePath path)
    {
        if (LibC.TryOpen(path, OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow, 0, out var handle)) return handle;
        return LibC.LastError switch
        {
            Errno.NoEntry or Errno.NotDirectory or Errno.Loop or Errno.AccessDenied => null,
            _ => throw FileFailure.Last("open the directory", path),
        };
    }

    // False when another process holds it; null when nobody can, because the file system has no locks.
    private static bool? TryLock(SafeFileHandle handle, FilePath path)
    {
        if (LibC.Lock(handle, LibC.LockExclusive | LibC.LockNoWait) == 0) return true;
        return LibC.LastError switch
        {
            Errno.Again => false,
            Errno.NoLocks or Errno.NotImplemented or Errno.NotSupported or Errno.Invalid => null,
            _ => throw FileFailure.Last("lock the directory", path),
        };
    }

    private static ProcessIdentity? OwnerOf(ReadOnlySpan<byte> name)
    {
        var match = NamePattern().Match(Encoding.UTF8.GetString(name));
        if (!match.Success) return null;
        return int.TryParse(match.Groups["id"].ValueSpan, CultureInfo.InvariantCulture, out var id)
            && ulong.TryParse(match.Groups["start"].ValueSpan, CultureInfo.InvariantCulture, out var start)
                ? new ProcessIdentity(id, start)
                : null;
    }

    [GeneratedRegex(
        "^" + Prefix + @"(?<id>[0-9]{1,10})-(?<start>[0-9]{1,20})-[0-9a-f]{8}\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}
