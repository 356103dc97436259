namespace Holdfast.Engine.Files;

/// <summary>Makes several files or folders durable: one by one while they are few, and when they are many by syncfs(2), which is quicker then.</summary>
internal static class BulkSync
{
    private const int Many = 64;

    internal static bool IsMany(int count) => count > Many;

    internal static void Files(IReadOnlyCollection<FilePath> files) => Each(files, FileContentSync.Sync);

    internal static void Folders(IReadOnlyCollection<FilePath> folders) => Each(folders, DirectorySync.Sync);

    private static void Each(IReadOnlyCollection<FilePath> paths, Action<FilePath> sync)
    {
        if (!IsMany(paths.Count))
        {
            foreach (var path in paths) sync(path);
            return;
        }

        foreach (var group in paths.GroupBy(FileSystemIdentity.Of)) DirectorySync.SyncFileSystem(group.First());
    }
}
