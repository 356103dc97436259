using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Served;

/// <summary>Restores a database of a snapshot into a server: <see cref="ServedPlacement"/> says how.</summary>
public sealed class ServedRestore(Repository repository, ServedRestoreOptions options, TimeProvider clock, OperationProgress progress)
{
    private readonly List<string> _notices = [];

    /// <summary>Told what must be put back should the process end: durable when it returns. Null for nothing any more.</summary>
    public Action<string?> SaveUndo { get; init; } = static _ => { };

    /// <summary>Looks at the snapshot and the server; changes nothing.</summary>
    /// <exception cref="HoldfastException">NotFound: the database is not in the snapshot. Unavailable: the server. Locked: the repository.</exception>
    public Task<ServedRestorePlan> PlanAsync(CancellationToken cancellationToken) =>
        WithAsync((placement, token) => placement.PlanAsync(token), cancellationToken);

    /// <summary>Does it. What stands in the way is looked at again.</summary>
    /// <exception cref="HoldfastException">It was not done; a database that had the name has it still, and nothing is left behind.</exception>
    public async Task<ServedRestoreResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        var result = await WithAsync((placement, token) => placement.ExecuteAsync(token), cancellationToken).ConfigureAwait(false);
        return result with { Notices = [.. result.Notices, .. _notices] };
    }

    private Task<T> WithAsync<T>(Func<ServedPlacement, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        progress.Begin("reading the snapshot");
        return new LockedReading(repository, options.Identity, clock, _notices.Add).RunAsync(
            async (reader, token) =>
            {
                var item = await ServedContent.FindAsync(reader, options.Snapshot, options.Name, token).ConfigureAwait(false);
                var placement = new ServedPlacement(DumpSource.Of(item, options.Snapshot, reader), options, clock, progress) { SaveUndo = SaveUndo };
                return await work(placement, token).ConfigureAwait(false);
            },
            cancellationToken);
    }
}
