using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Restores.Planning;

/// <summary>What of a snapshot is restored in place: everything but its record and what was taken from servers, and journals only as a part of their database.</summary>
internal static class InPlaceItems
{
    internal static IReadOnlyList<RestoreItem> Of(IReadOnlyList<RestoreItem> items, IReadOnlyList<string> snapshotPaths)
    {
        var folders = RecordPlace.CandidatesFor(snapshotPaths).ToHashSet();
        var records = folders.Select(folder => folder.Combine(RecordPlace.FileName)).ToHashSet();
        var served = folders.Select(folder => folder.Combine(RecordPlace.DatabasesFolder)).ToList();
        var journals = items.Where(item => item.IsDatabase)
            .SelectMany(item => SqliteRelatedFiles.Of(item.Source).Select(journal => (Journal: journal, Database: item.Source)))
            .ToDictionary(pair => pair.Journal, pair => pair.Database);
        var shared = items.Where(item => item.IsDatabase)
            .Select(item => item.Source.WithSuffix(SqliteRelatedFiles.WalIndex))
            .ToHashSet();
        var kept = items.Where(item => !RestoreMarker.IsOne(item.Source.Name.Span) && !records.Contains(item.Source) && !served.Exists(item.Source.IsUnder) && !(item.IsFile && shared.Contains(item.Source))).ToList();
        return [.. kept.Where(IsWanted).Select(AsJournal)];

        // The folder of the record is not made for nothing.
        bool IsWanted(RestoreItem item) =>
            !(item.IsDirectory && folders.Contains(item.Source)) || kept.Any(other => other != item && other.Source.IsUnder(item.Source));

        RestoreItem AsJournal(RestoreItem item) =>
            item.IsFile && journals.TryGetValue(item.Source, out var database) ? item with { JournalOf = database } : item;
    }
}
