using Holdfast.Engine.Files;
using Holdfast.Engine.Restores.Exchanges;

namespace Holdfast.Engine.Restores.Staging;

/// <summary>
/// What earlier restores left beside the destinations: unfinished files are removed, kept ones are told and never touched.
/// </summary>
internal static class Leftovers
{
    internal static void Clear(IEnumerable<FilePath> folders, RestoreLog log)
    {
        var kept = new List<FilePath>();
        foreach (var folder in folders.Distinct())
        {
            if (FileSystem.TryStatus(folder, followLinks: true) is not { IsDirectory: true }) continue;
            foreach (var entry in DirectoryListing.Read(FileSystem.RealPath(folder)))
            {
                var path = folder.Combine(entry.Name);
                if (StagedName.OwnerOf(entry.Name) is { } owner)
                {
                    if (!owner.IsAlive()) Remove(path, log);
                }
                else if (KeptName.IsOne(entry.Name))
                {
                    kept.Add(path);
                }
            }
        }

        if (kept is [var first]) log.Notice($"\"{first.Display}\" is an old file that an earlier restore kept; remove it when you do not need it");
        else if (kept.Count > 1) log.Notice($"\"{kept[0].Display}\" and {kept.Count - 1} more are old files that earlier restores kept (`*.before-restore-*`); remove them when you do not need them");
    }

    private static void Remove(FilePath path, RestoreLog log)
    {
        if (FileSystem.TryStatus(path, followLinks: false) is null or { IsDirectory: true }) return;
        FileSystem.Remove(path);
        log.Notice($"removed \"{path.Display}\", which an interrupted restore had left behind");
    }
}
