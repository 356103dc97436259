using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Archives.Importing;

/// <summary>
/// Saves contents that lie in a private folder, cut as a backup of the original would cut them, so that what the repository has already is
/// not stored again.
/// </summary>
internal sealed class ImportedContent(BlobWriter writer, Polynomial polynomial, OperationProgress progress, int workers) : IDisposable
{
    private const int SegmentSize = 1 << 20;

    private readonly FileArchiver _files = new(new RabinTables(polynomial), writer, new BackupLog(), progress, workers);

    internal async Task<IReadOnlyList<Id>> SaveFileAsync(FilePath path, CancellationToken cancellationToken) =>
        (await _files.SaveAsync(path, cancellationToken).ConfigureAwait(false)).Content;

    internal async Task<IReadOnlyList<Id>> SaveDatabaseAsync(VerifiedDatabase database, CancellationToken cancellationToken)
    {
        var chunkSize = PageChunking.ChunkSize(database.Bytes, database.PageSize, null);
        var content = new Id[(database.Bytes + chunkSize - 1) / chunkSize];
        using var reader = DescriptorReader.Open(database.Content);
        await SegmentPipeline.RunAsync(
            database.Bytes,
            Math.Max(chunkSize, SegmentSize),
            workers,
            (_, destination) => reader.Read(destination),
            async (offset, bytes) =>
            {
                for (var at = 0; at < bytes.Length; at += chunkSize)
                {
                    var chunk = bytes.Slice(at, Math.Min(chunkSize, bytes.Length - at));
                    content[(offset + at) / chunkSize] = (await writer.SaveAsync(BlobType.Data, chunk, cancellationToken).ConfigureAwait(false)).Id;
                    progress.AddBytes(chunk.Length);
                }
            },
            cancellationToken).ConfigureAwait(false);
        return content;
    }

    public void Dispose() => _files.Dispose();
}
