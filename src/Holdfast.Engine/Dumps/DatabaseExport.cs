using System.IO.Compression;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Contents;
using Holdfast.Engine.Restores.Served;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;

namespace Holdfast.Engine.Dumps;

/// <summary>
/// Writes a PostgreSQL database of a snapshot into one file that stock tools read: <c>.dump</c> for pg_restore, SQL for psql. The file gets its name when
/// it is whole.
/// </summary>
public sealed class DatabaseExport(Repository repository, DatabaseExportOptions options, TimeProvider clock, OperationProgress progress)
{
    private readonly List<string> _notices = [];
    private long _bytes;

    /// <returns>What was remarkable, and how many bytes the dump has before it is turned into something else.</returns>
    /// <exception cref="Restic.Failures.HoldfastException">NotFound: the database, or pg_restore. Failed: the output exists. Damaged: the dump. NoSpace, Locked.</exception>
    public async Task<DumpResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        progress.Begin("reading the snapshot");
        using var file = PendingFile.Create(options.Output, options.Force);
        await new LockedReading(repository, options.Identity, clock, _notices.Add).RunAsync(
            async (reader, token) =>
            {
                await WriteAsync(reader, await ServedContent.FindAsync(reader, options.Snapshot, options.Name, token).ConfigureAwait(false), file.Content, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        file.Commit();
        return new DumpResult(IsArchive: false, 1, _bytes, _notices);
    }

    private async Task WriteAsync(BlobReader reader, ServedItem content, Stream output, CancellationToken cancellationToken)
    {
        var chunks = new ContentReader(reader);
        progress.Begin("writing the file", chunks.SizeOf(content.Path, content.Dump));
        if (options.Format == DatabaseExportFormat.Custom)
        {
            await CopyAsync(chunks, content, output, cancellationToken).ConfigureAwait(false);
            return;
        }

        // Not on the optimal level, which takes several times as long for a few percent.
        var compressed = options.Format == DatabaseExportFormat.CompressedSql ? new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true) : null;
        await using (compressed)
        {
            await PostgresScript.WriteAsync(
                PostgresTools.OfSystem(clock),
                content.Record.Postgres!.DumpVersion,
                (input, token) => CopyAsync(chunks, content, input, token),
                compressed ?? output,
                cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(ContentReader chunks, ServedItem content, Stream output, CancellationToken cancellationToken)
    {
        await foreach (var chunk in chunks.ReadAsync(content.Path, content.Dump, cancellationToken).ConfigureAwait(false))
        {
            await output.WriteAsync(chunk, cancellationToken).ConfigureAwait(false);
            progress.AddBytes(chunk.Length);
            _bytes += chunk.Length;
        }
    }
}
