using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Contents;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Planning;

/// <summary>
/// What the names of <c>--only</c> stand for: <c>databases</c>, one database, a group of files of the manifest, or a path below the root.
/// </summary>
/// <param name="record">What the snapshot says of itself; null for one of stock restic.</param>
/// <param name="application">The manifest at hand, for what the snapshot does not say; null without one.</param>
internal sealed class PartSelection(SnapshotRecord? record, ApplicationManifest? application)
{
    private const string AllDatabases = "databases";

    /// <exception cref="HoldfastException">NotFound: a name stands for nothing, and which there are.</exception>
    internal IReadOnlyList<FilePath> Resolve(IReadOnlyList<string> names) => [.. names.SelectMany(Some).Distinct()];

    // No path at all would mean everything.
    private List<FilePath> Some(string name) => Resolve(name).ToList() is { Count: > 0 } paths ? paths : throw new HoldfastException(
        FailureKind.NotFound, $"nothing is in the part {Quoted.Text(name)}", "name a path below the root; `holdfast ls` shows what the snapshot has");

    private IEnumerable<FilePath> Resolve(string name)
    {
        var databases = record?.Databases.Where(database => DatabaseRecognition.IsSaved(database) || ServedItem.IsRestorable(database)).ToList() ?? [];
        if (name == AllDatabases && databases.Count > 0) return databases.Select(DatabaseRecognition.PathOf);
        if (databases.Find(database => database.Name == name) is { } one) return [DatabaseRecognition.PathOf(one)];
        if (record?.Databases.FirstOrDefault(database => database.Name == name && database is { Postgres.Method: PostgresRecord.Physical, Missing: null }) is not null)
        {
            throw new HoldfastException(
                FailureKind.Usage, $"{Quoted.Text(name)} was saved with its whole cluster of PostgreSQL, which goes into a folder of its own", $"holdfast db restore-cluster {PrintableName.Escape(name)} --target FOLDER");
        }

        if (record?.Groups.TryGetValue(name, out var paths) == true) return paths.Select(FilePath.From);
        if (record is null or { Groups.Count: 0 } && GroupOfManifest(name) is { } group) return group;
        if (name.StartsWith('/')) return [FilePath.From(name)];
        // A single word that is neither is more likely a slip than a path.
        if (Root is { } root && (name.Contains('/', StringComparison.Ordinal) || name.Contains('.', StringComparison.Ordinal)))
            return [FilePath.Absolute(name, root)];
        throw Unknown(name, databases);
    }

    private FilePath? Root => record?.Root is { } root ? FilePath.From(root) : application is { } known ? FilePath.From(known.Root) : null;

    private IEnumerable<FilePath>? GroupOfManifest(string name) => application?.Files.FirstOrDefault(group => group.Name == name)
        ?.Selections.Where(selection => selection.Pattern is null).Select(selection => FilePath.From(selection.Path));

    private HoldfastException Unknown(string name, List<DatabaseRecord> databases)
    {
        var groups = record?.Groups.Keys ?? application?.Files.Select(group => group.Name) ?? [];
        var known = databases.Select(database => database.Name).Concat(groups).Prepend(AllDatabases).Distinct().Select(PrintableName.Escape);
        return new HoldfastException(
            FailureKind.NotFound,
            $"the snapshot has no part of the name {Quoted.Text(name)}",
            $"{(name.Contains(',', StringComparison.Ordinal) ? "repeat --only for each part; " : string.Empty)}there are: {string.Join(", ", known)}; a path below the root contains a '/' or is written ./NAME");
    }
}
