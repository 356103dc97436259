using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Contents;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Planning;

/// <summary>Works out what a restore will do, by looking at the destinations. Writes nothing.</summary>
internal sealed class RestorePlanner(BlobReader reader, RestoreOptions options)
{
    /// <exception cref="HoldfastException">
    /// Usage: the target is inside the repository. NotFound: a path or part is not in the snapshot. Damaged: a hostile tree.
    /// </exception>
    internal async Task<RestorePlan> PlanAsync(CancellationToken cancellationToken)
    {
        var parts = await PartsAsync(cancellationToken).ConfigureAwait(false);
        var contents = new SnapshotContentsReader(reader, options.Snapshot, options.Include, parts);
        return Plan(await contents.ReadAsync(cancellationToken).ConfigureAwait(false), cancellationToken) with { Parts = parts };
    }

    private async Task<IReadOnlyList<FilePath>> PartsAsync(CancellationToken cancellationToken)
    {
        if (options.Only.Count == 0) return options.Parts;
        var record = await new SnapshotRecordReader(reader).ReadAsync(options.Snapshot.Snapshot, cancellationToken).ConfigureAwait(false);
        return new PartSelection(record, options.Manifest).Resolve(options.Only);
    }

    /// <exception cref="HoldfastException">Usage: the target is inside the repository.</exception>
    internal RestorePlan Plan(SnapshotContents contents, CancellationToken cancellationToken)
    {
        if (options.Target is { } target) Destinations.RefuseInside(target, options.Forbidden);
        var relocation = Relocation.Of(options, contents.Record, options.Snapshot.Snapshot);
        var all = ItemsOf(contents, relocation);
        IReadOnlyList<RestoreItem> items = [.. all.Where(item => !IsPidFile(item)).Select(item => item with { Replaces = Exists(item) })];
        if (options.Delete && contents.Problems.Count > 0) throw UnknownContents(contents.Problems[0]);
        var removed = options.Target is null ? Removals.Of(items, options, contents.Record) : Removals.None;
        var notices = contents.Notices;
        IReadOnlyList<string> users = [];
        if (options.Target is null)
        {
            var databases = DatabaseUsers.Of(items.Where(item => item.IsDatabase).Select(item => item.Destination).Concat(removed.Files), cancellationToken);
            users = databases.Users;
            notices = [.. notices, .. relocation.Changes, .. databases.Notices];
            notices = [.. notices, .. OtherServed(contents)];
            if (all.Any(IsPidFile)) notices = [.. notices, $"the pid file \"{options.PidFile!.Display}\" is not restored: the number in it may be that of another process by now"];
        }

        return new RestorePlan
        {
            Target = options.Target,
            Items = items,
            Removed = removed.Files,
            RemovedFolders = removed.Folders,
            Served = options.Target is null && !options.OnlyRemoves ? [.. ServedOf(contents)] : [],
            AcceptsContent = options.AcceptsContent,
            Record = contents.Record,
            Conflicts = Destinations.Conflicts(items, options),
            Users = users,
            Space = new SpaceNeeded(reader).On(options.Target is null ? items.Where(item => !item.IsDirectory) : items),
            Problems = contents.Problems,
            Notices = notices,
        };
    }

    private static IEnumerable<ServedItem> ServedOf(SnapshotContents contents)
    {
        foreach (var record in (contents.Record?.Databases ?? []).Where(ServedItem.IsRestorable))
        {
            var path = FilePath.From(record.Path).Combine(record.Postgres!.Dump);
            if (contents.Items.FirstOrDefault(item => item.IsFile && item.Source == path) is { } dump) yield return new ServedItem(record, path, dump.Node, dump.Bytes);
        }
    }

    /// <summary>Those that were saved in another way.</summary>
    private static IEnumerable<string> OtherServed(SnapshotContents contents) =>
        (contents.Record?.Databases ?? []).Where(record => record is { Kind: DatabaseRecord.PostgresKind, Missing: null } && !ServedItem.IsRestorable(record))
            .Where(record => contents.Items.Any(item => item.Source.IsUnder(FilePath.From(record.Path))))
            .Select(record => $"the PostgreSQL database {PrintableName.Escape(record.Name)} is not restored with the rest: "
                + (record.Postgres is { Method: PostgresRecord.Physical } ? $"it was saved with its whole cluster, and `holdfast db restore-cluster {PrintableName.Escape(record.Name)}` restores that" : "it was saved in a way that this program does not know"));

    private static HoldfastException UnknownContents(string problem) => new(
        FailureKind.Damaged,
        $"it cannot be told what is not in the snapshot: {problem}",
        "choose another snapshot, or restore without --delete");

    private IReadOnlyList<RestoreItem> ItemsOf(SnapshotContents contents, Relocation relocation) => options.OnlyRemoves ? [] : options.Target is { } target
        ? [.. contents.Items.Select(item => item with { Destination = Destinations.Below(target, item.Source) })]
        : [.. InPlaceItems.Of(contents.Items, options.Snapshot.Snapshot.Paths).Select(relocation.Apply).OfType<RestoreItem>()];

    private bool IsPidFile(RestoreItem item) => options.Target is null && item.Destination == options.PidFile;

    private static bool Exists(RestoreItem item) =>
        !item.IsDirectory && FileSystem.TryStatus(item.Destination, followLinks: false) is not null;
}
