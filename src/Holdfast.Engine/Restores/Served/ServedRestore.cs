using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Contents;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Served;

/// <summary>Restores a database of a snapshot into a server: <see cref="ServedPlacement"/> says how.</summary>
public sealed class ServedRestore(Repository repository, ServedRestoreOptions options, TimeProvider clock, OperationProgress progress)
{
    private readonly List<string> _notices = [];

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
                var content = await ServedContent.FindAsync(reader, options.Snapshot, options.Name, token).ConfigureAwait(false);
                return await work(new ServedPlacement(Source(content, reader), options, clock, progress), token).ConfigureAwait(false);
            },
            cancellationToken);
    }

    private DumpSource Source(ServedContent content, BlobReader reader)
    {
        var chunks = new ContentReader(reader);
        return new DumpSource(
            $"snapshot {options.Snapshot.Id.Short}",
            DumpFormat.Custom,
            content.Record,
            chunks.SizeOf(content.Path, content.Dump),
            async (output, written, token) =>
            {
                await foreach (var chunk in chunks.ReadAsync(content.Path, content.Dump, token).ConfigureAwait(false))
                {
                    await output.WriteAsync(chunk, token).ConfigureAwait(false);
                    written(chunk.Length);
                }
            });
    }
}
