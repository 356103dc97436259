using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores.Planning;

/// <summary>What a restore in place takes away: what an earlier restore had made, and, when asked to, what is not in the snapshot.</summary>
internal sealed class Removals
{
    private readonly HashSet<FilePath> _wanted;
    private readonly RestoreOptions _options;
    private readonly RecordedExclusions _recorded;
    private readonly List<FilePath> _files = [];
    private readonly List<FilePath> _folders = [];

    private Removals(HashSet<FilePath> wanted, RestoreOptions options, RecordedExclusions recorded) => (_wanted, _options, _recorded) = (wanted, options, recorded);

    internal static (IReadOnlyList<FilePath> Files, IReadOnlyList<FilePath> Folders) None => ([], []);

    /// <returns>Everything but folders; and folders of which nothing stays, those above before those below.</returns>
    internal static (IReadOnlyList<FilePath> Files, IReadOnlyList<FilePath> Folders) Of(IReadOnlyList<RestoreItem> items, RestoreOptions options, SnapshotRecord? record)
    {
        var wanted = items.Select(item => item.Destination).ToHashSet();
        var made = options.Remove.Where(path => !wanted.Contains(path)).SelectMany(WithJournals).Where(IsRemovable);
        if (!options.Delete) return ([.. made.Distinct().Order()], []);
        var removals = new Removals(wanted, options, RecordedExclusions.Of(options, record));
        foreach (var folder in items.Where(item => item.IsDirectory && !item.IsLeading))
            if (FileSystem.TryStatus(folder.Destination, followLinks: false) is { IsDirectory: true } status) removals.Look(folder.Destination, status.DeviceId);
        return ([.. made.Concat(removals._files).Distinct().Order()], [.. removals._folders.Distinct().Order()]);
    }

    private static IEnumerable<FilePath> WithJournals(FilePath path) => SqliteRelatedFiles.Of(path).Prepend(path);

    private static bool IsRemovable(FilePath path) => FileSystem.TryStatus(path, followLinks: false) is { IsDirectory: false };

    /// <returns>Nothing of it stays.</returns>
    private bool Look(FilePath folder, ulong device)
    {
        var isEmptied = true;
        foreach (var entry in DirectoryListing.Read(folder)) isEmptied &= Goes(folder.Combine(entry.Name), entry.Name, device);
        return isEmptied;
    }

    private bool Goes(FilePath path, byte[] name, ulong device)
    {
        if (_wanted.Contains(path) || path == _options.PidFile || _options.Forbidden.Any(path.IsUnder) || IsOfAnother(path, name)) return false;
        if (FileSystem.TryStatus(path, followLinks: false) is not { } status) return true;
        if (_options.Excluded?.IsExcluded(path.Span, status.IsDirectory) == true || _recorded.Spares(path, status.IsDirectory)) return false;
        if (status.Type != NodeType.Directory)
        {
            _files.Add(path);
            return true;
        }

        // What is mounted somewhere cannot be taken away there.
        if (!Look(path, status.DeviceId) || status.DeviceId != device) return false;
        _folders.Add(path);
        return true;
    }

    // Journals go with their database, and what other restores have staged or kept is theirs.
    private bool IsOfAnother(FilePath path, byte[] name) =>
        (SqliteRelatedFiles.DatabaseOf(path) is { } database && _wanted.Contains(database))
        || StagedName.OwnerOf(name) is not null
        || RestoreMarker.IsOne(name)
        || KeptName.IsOne(name);
}
