using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Databases.Postgres.Clusters;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Served;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Clusters;

/// <summary>Restores the cluster of a base backup to a data directory that a server can be started on.</summary>
public sealed class ClusterRestore(Repository repository, ClusterRestoreOptions options, TimeProvider clock, OperationProgress progress)
{
    private readonly List<string> _notices = [];

    /// <summary>Where programs of PostgreSQL are; tests take them away.</summary>
    internal PostgresTools Tools { get; init; } = PostgresTools.OfSystem(clock);

    /// <summary>Looks at the snapshot and this machine; changes nothing.</summary>
    /// <exception cref="HoldfastException">NotFound: it is not in the snapshot. Failed: it was saved as a dump. Usage: a folder is in the repository. Locked.</exception>
    public Task<ClusterRestorePlan> PlanAsync(CancellationToken cancellationToken) => LockedAsync(PlanAsync, cancellationToken);

    /// <summary>Does it. What stands in the way is looked at again.</summary>
    /// <exception cref="HoldfastException">It was not done, and why; what was there is there still.</exception>
    public async Task<ClusterRestoreResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        var result = await LockedAsync(
            async (reader, token) =>
            {
                var plan = await PlanAsync(reader, token).ConfigureAwait(false);
                if (plan.Obstacles.Count > 0) throw new HoldfastException(FailureKind.Refused, $"nothing was restored: {string.Join("; ", plan.Obstacles)}");
                using var placement = new ClusterPlacement(repository, reader, plan, Tools, clock, progress);
                return await placement.ExecuteAsync(ClusterAccount.Find(), token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        return result with { Notices = [.. result.Notices, .. _notices] };
    }

    private async Task<ClusterRestorePlan> PlanAsync(BlobReader reader, CancellationToken cancellationToken)
    {
        var record = await ServedContent.RecordAsync(reader, options.Snapshot, options.Name, cancellationToken).ConfigureAwait(false);
        if (record.Postgres is not { Method: PostgresRecord.Physical, Cluster: { Folder.Length: > 0 } cluster, Major: > 0 } details)
        {
            throw new HoldfastException(
                FailureKind.Failed, $"the database {PrintableName.Escape(record.Name)} was saved as a dump and not with its cluster", "restore it with `holdfast db restore`");
        }

        IReadOnlyList<ClusterRestoreTablespace> spaces =
            [.. cluster.Tablespaces.Select(space => new ClusterRestoreTablespace(space.Id, space.Name, space.Location, options.Tablespaces.GetValueOrDefault(space.Location) ?? FilePath.From(space.Location)))];
        var account = ClusterAccount.Find();
        return new ClusterRestorePlan
        {
            Options = options,
            Record = record,
            Bytes = details.Bytes,
            Tablespaces = spaces,
            Replaces = !ClusterObstacles.IsFree(options.Target),
            Owner = account.Name,
            Obstacles = [.. new ClusterObstacles(options, Tools).Of(record, spaces, details.Bytes, account)],
        };
    }

    private Task<T> LockedAsync<T>(Func<BlobReader, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        progress.Begin("reading the snapshot");
        return new LockedReading(repository, options.Lock ? options.Identity : null, clock, _notices.Add).RunAsync(work, cancellationToken);
    }
}
