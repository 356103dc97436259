using System.Globalization;

namespace Holdfast.Restic.Backends;

/// <summary>Where the files of a repository lie below its root, in a directory and nearly everywhere else (sections 2.1 and 2.4).</summary>
internal sealed class DefaultLayout(string root)
{
    public string Root { get; } = root;

    /// <summary>The directory that holds all packs, in 256 subdirectories.</summary>
    public string Packs => Path.Combine(Root, "data");

    /// <summary>Every directory of a repository, parents first, without the root.</summary>
    public IEnumerable<string> Directories()
    {
        foreach (var type in new[] { FileType.Key, FileType.Lock, FileType.Snapshot, FileType.Index })
        {
            yield return DirectoryOf(type);
        }

        yield return Packs;
        foreach (var directory in PackDirectories()) yield return directory;
    }

    /// <summary>data/00 to data/ff.</summary>
    public IEnumerable<string> PackDirectories() =>
        Enumerable.Range(0, 256).Select(first => Path.Combine(Packs, first.ToString("x2", CultureInfo.InvariantCulture)));

    /// <summary>The directories in which files of one kind lie; none for the config, which lies in the root.</summary>
    public IEnumerable<string> DirectoriesOf(FileType type) => type switch
    {
        FileType.Config => [],
        FileType.Pack => PackDirectories(),
        _ => [DirectoryOf(type)],
    };

    public string PathOf(FileHandle handle)
    {
        if (handle.Type == FileType.Config) return Path.Combine(Root, "config");
        var name = handle.Id.ToString();
        return handle.Type == FileType.Pack
            ? Path.Combine(Packs, name[..2], name)
            : Path.Combine(DirectoryOf(handle.Type), name);
    }

    private string DirectoryOf(FileType type) => Path.Combine(Root, type switch
    {
        FileType.Key => "keys",
        FileType.Lock => "locks",
        FileType.Snapshot => "snapshots",
        FileType.Index => "index",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    });
}
