namespace Holdfast.Engine.Files;

/// <summary>
/// Makes the names in a directory durable: a new, renamed or removed name survives a power cut only after this (fsync(2)).
/// </summary>
public static class DirectorySync
{
    public static void Sync(FilePath directory)
    {
        if (!LibC.TryOpen(directory, OpenFlags.ReadOnly | OpenFlags.Directory, 0, out var handle))
            FileFailure.Throw("open the directory", directory);
        using (handle)
        {
            // Some file systems (FUSE, SMB) have no fsync of directories and say so; there is nothing more one can do there.
            if (LibC.Sync(handle) != 0 && LibC.LastError is not (Errno.Invalid or Errno.NotSupported))
                FileFailure.Throw("make durable", directory);
        }
    }

    /// <summary>
    /// Makes everything on the file system of <paramref name="path"/> durable, names and contents (syncfs(2)): for many files quicker than
    /// one by one.
    /// </summary>
    public static void SyncFileSystem(FilePath path)
    {
        if (!LibC.TryOpen(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking, 0, out var handle)) FileFailure.Throw("open", path);
        using (handle)
        {
            if (LibC.SyncFileSystem(handle) != 0) FileFailure.Throw("make durable the file system of", path);
        }
    }

    /// <summary>Makes the name of <paramref name="path"/> durable in the directory it is in.</summary>
    public static void SyncParentOf(FilePath path) => Sync(path.Parent ?? FilePath.From("."));
}
