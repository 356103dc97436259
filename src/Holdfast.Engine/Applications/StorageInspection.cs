using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;

namespace Holdfast.Engine.Applications;

/// <summary>Whether repositories and archives are there, and survive what the data may not.</summary>
internal sealed class StorageInspection(ApplicationManifest application, FindingList findings)
{
    internal void Run()
    {
        var data = application.Databases.Select(database => database.Path)
            .Concat(application.Files.SelectMany(group => group.Selections).Select(selection => selection.Path))
            .Select(path => FileSystemOf(path, []))
            .OfType<FileSystemIdentity>()
            .ToHashSet();
        foreach (var repository in application.Repositories)
        {
            // Whether one that is far away can be reached is for whoever has its credentials to find out.
            if (repository.Address.Folder is not { } path) continue;
            string[] keys = ["repositories", repository.Name, "path"];
            if (findings.Ask(keys, () => (bool?)FileSystem.Exists(path.Combine("config"))) == false)
                findings.Error(keys, $"there is no repository at {path.Display}", "is the disk with it mounted, and is the path right? Only where there never was one, make it with `holdfast init`");
            CheckDisk("the repository", path.ToString(), keys, data);
        }

        foreach (var archive in application.Archives)
        {
            string[] keys = ["archives", archive.Name, "folder"];
            var path = FilePath.From(archive.Folder);
            var status = findings.Ask(keys, () => new[] { FileSystem.TryStatus(path, followLinks: true) });
            if (status is [null])
                findings.Warning(keys, $"{path.Display} is not there", "is its disk mounted, and is the path right? Before the first backup, which makes it, that is as it should be");
            else if (status is [{ IsDirectory: false }])
                findings.Error(keys, $"{path.Display} is not a folder", "name a folder");
            CheckDisk("the folder", archive.Folder, keys, data);
        }
    }

    private void CheckDisk(string what, string path, IReadOnlyList<string> keys, IReadOnlySet<FileSystemIdentity> data)
    {
        if (FileSystemOf(path, keys) is { } own && data.Contains(own))
        {
            findings.Warning(
                keys,
                $"{what} {FilePath.From(path).Display} is on the same file system as what it saves: one disk failure takes both",
                "put it on another disk or a mounted share, or copy it to another place after each backup");
        }
    }

    private FileSystemIdentity? FileSystemOf(string path, IReadOnlyList<string> keys)
    {
        if (keys.Count > 0) return findings.Ask(keys, () => (FileSystemIdentity?)FileSystemIdentity.Of(FilePath.From(path)));
        try
        {
            return FileSystemIdentity.Of(FilePath.From(path));
        }
        catch (Restic.Failures.HoldfastException)
        {
            // Other inspections name what of the data cannot be looked at.
            return null;
        }
    }
}
