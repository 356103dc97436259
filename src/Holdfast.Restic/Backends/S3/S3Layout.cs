using Holdfast.Restic.Format;

namespace Holdfast.Restic.Backends.S3;

/// <summary>The keys of a repository's objects: the default layout below a prefix (section 2.4).</summary>
internal sealed class S3Layout
{
    private readonly string _root;

    /// <param name="prefix">Empty parts and slashes at either end are dropped, as restic does.</param>
    public S3Layout(string prefix)
    {
        var parts = prefix.Split('/', StringSplitOptions.RemoveEmptyEntries);
        _root = parts.Length == 0 ? string.Empty : string.Join('/', parts) + "/";
    }

    public string KeyOf(FileHandle handle) => handle.Type switch
    {
        FileType.Config => _root + "config",
        FileType.Pack when handle.Id.ToString() is var name => $"{_root}data/{name[..2]}/{name}",
        _ => FolderOf(handle.Type) + handle.Id,
    };

    /// <summary>What the keys of all files of a kind begin with.</summary>
    public string FolderOf(FileType type) => _root + type switch
    {
        FileType.Key => "keys/",
        FileType.Lock => "locks/",
        FileType.Snapshot => "snapshots/",
        FileType.Index => "index/",
        FileType.Pack => "data/",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "has no folder"),
    };

    /// <summary>The file that is stored under a key; false for what is not where a reader would look for it.</summary>
    public bool TryParse(FileType type, string key, out FileHandle handle)
    {
        handle = default;
        if (!Id.TryParse(key.AsSpan(key.LastIndexOf('/') + 1), out var id)) return false;
        handle = new FileHandle(type, id);
        return string.Equals(key, KeyOf(handle), StringComparison.Ordinal);
    }
}
