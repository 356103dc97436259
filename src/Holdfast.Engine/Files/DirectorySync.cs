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

    /// <summary>Makes the name of <paramref name="path"/> durable in the directory it is in.</summary>
    public static void SyncParentOf(FilePath path) => Sync(path.Parent ?? FilePath.From("."));
}
