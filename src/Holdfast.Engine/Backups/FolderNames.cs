using Holdfast.Engine.Files;

namespace Holdfast.Engine.Backups;

/// <summary>The names of one folder, to find the database that a journal file belongs to.</summary>
internal sealed class FolderNames(IReadOnlyList<DirectoryEntry> entries)
{
    private static readonly byte[][] Suffixes = ["-wal"u8.ToArray(), "-shm"u8.ToArray(), "-journal"u8.ToArray()];

    /// <summary>The path of the file beside this one whose SQLite journal it would be by its name; null when there is no such file.</summary>
    internal FilePath? DatabaseOfRelated(FilePath path)
    {
        var name = path.Name;
        foreach (var suffix in Suffixes)
        {
            if (!name.Span.EndsWith(suffix) || name.Length == suffix.Length) continue;
            var stem = name[..^suffix.Length];
            if (Contains(stem.Span)) return path.Parent!.Combine(stem.Span);
        }

        return null;
    }

    private bool Contains(ReadOnlySpan<byte> name)
    {
        int low = 0, high = entries.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = entries[middle].Name.AsSpan().SequenceCompareTo(name);
            if (order == 0) return true;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return false;
    }
}
