using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores.Served;

/// <summary>The databases of servers in a snapshot.</summary>
internal static class ServedContent
{
    /// <summary>Finds one in a snapshot.</summary>
    /// <param name="reader">Where it is.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="name">As the manifest named it; null where the snapshot has only one.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="HoldfastException">NotFound: there is none of that name. Usage: there are several. Damaged: the snapshot.</exception>
    internal static async Task<ServedItem> FindAsync(BlobReader reader, StoredSnapshot snapshot, string? name, CancellationToken cancellationToken)
    {
        var database = await RecordAsync(reader, snapshot, name, cancellationToken).ConfigureAwait(false);
        if (database.Postgres is { Method: PostgresRecord.Physical })
        {
            throw new HoldfastException(
                FailureKind.Failed, $"the database {PrintableName.Escape(database.Name)} was saved with its whole cluster and not as a dump", "restore the cluster: `holdfast db restore-cluster`");
        }

        if (!ServedItem.IsRestorable(database))
            throw new HoldfastException(FailureKind.Failed, $"the database {PrintableName.Escape(database.Name)} was saved in a way that this program cannot restore", "update Holdfast");
        var path = FilePath.From(database.Path).Combine(database.Postgres!.Dump);
        var walk = new SnapshotWalk(reader, new PathSelection([path]));
        await foreach (var entry in walk.EntriesAsync(snapshot.Snapshot.Tree, cancellationToken).ConfigureAwait(false))
            if (entry.Path == path && entry.Node.Type == NodeType.File) 
                return new ServedItem(database, path, entry.Node, new ContentReader(reader).SizeOf(path, entry.Node));
        throw new HoldfastException(FailureKind.Damaged, $"the snapshot lists the database {PrintableName.Escape(database.Name)} but does not hold its dump", "use another snapshot");
    }

    /// <summary>What a snapshot says about one that is in it.</summary>
    /// <exception cref="HoldfastException">NotFound: there is none of that name. Usage: there are several. Damaged: the snapshot.</exception>
    internal static async Task<DatabaseRecord> RecordAsync(BlobReader reader, StoredSnapshot snapshot, string? name, CancellationToken cancellationToken)
    {
        var record = await new SnapshotRecordReader(reader).ReadAsync(snapshot.Snapshot, cancellationToken).ConfigureAwait(false);
        var database = Choose([.. (record?.Databases ?? []).Where(database => database.Kind == DatabaseRecord.PostgresKind)], snapshot, name);
        return database.Missing is { } why
            ? throw new HoldfastException(FailureKind.NotFound, $"the database {PrintableName.Escape(database.Name)} is not in snapshot {snapshot.Id.Short}: {PrintableName.Escape(why)}", "use another snapshot")
            : database;
    }

    private static DatabaseRecord Choose(List<DatabaseRecord> databases, StoredSnapshot snapshot, string? name)
    {
        var names = databases.Count > 0 ? $"there are: {string.Join(", ", databases.Select(database => PrintableName.Escape(database.Name)))}" : "it has none";
        if (name is null && databases is [var only]) return only;
        if (name is null && databases.Count > 1) throw new HoldfastException(FailureKind.Usage, $"snapshot {snapshot.Id.Short} has several databases of PostgreSQL: name one", names);
        return databases.Find(database => database.Name == name)
            ?? throw new HoldfastException(
                FailureKind.NotFound,
                name is null ? $"snapshot {snapshot.Id.Short} has no database of PostgreSQL" : $"snapshot {snapshot.Id.Short} has no database of PostgreSQL with the name {Quoted.Text(name)}",
                names);
    }
}
