using System.Buffers;
using System.Text.Unicode;
using System.Threading.Channels;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Backups;

/// <summary>
/// Streams one consistent image of a live SQLite database into the repository: one reader, several workers that hash, survey and save,
/// a bounded number of segments between them.
/// </summary>
internal sealed class DatabaseArchiver(BlobWriter writer, BackupLog log, OperationProgress progress, SqliteImageOptions options, int workers)
{
    /// <summary>Bytes read at a time; chunks larger than this are read whole.</summary>
    private const int SegmentSize = 1 << 20;

    /// <param name="source">The database.</param>
    /// <param name="previousChunkSize">Bytes of the chunks the parent snapshot has it cut in; null when unknown.</param>
    /// <param name="cancellationToken">Stops between segments.</param>
    /// <returns>The content and the size of the image in bytes.</returns>
    /// <exception cref="HoldfastException">No database, locked, encrypted: as the image says.</exception>
    internal async Task<(IReadOnlyList<Id> Content, long Size)> SaveAsync(DatabaseSource source, int? previousChunkSize, CancellationToken cancellationToken)
    {
        if (!Utf8.IsValid(source.Path.Span))
            throw new HoldfastException(FailureKind.Failed, "its path is not UTF-8, and SQLite opens no other", "give it another name, or move it to another folder");
        await using var image = await SqliteImage.OpenAsync(source.Path.ToString(), options, cancellationToken).ConfigureAwait(false);
        var chunkSize = PageChunking.ChunkSize(image.Length, image.PageSize, previousChunkSize);
        var content = new Id[(image.Length + chunkSize - 1) / chunkSize];
        var segments = Channel.CreateBounded<Segment>(workers);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = Enumerable.Range(0, workers)
            .Select(_ => Task.Run(() => WorkAsync(image, segments.Reader, content, chunkSize, stop.Token, cancellationToken), CancellationToken.None))
            .Append(Task.Run(() => ReadAsync(image, segments.Writer, Math.Max(chunkSize, SegmentSize), stop.Token), CancellationToken.None))
            .ToList();
        await AllOrStopAsync(tasks, stop).ConfigureAwait(false);
        log.Database(Record(source, image, image.Summarise(cancellationToken)));
        return (content, image.Length);
    }

    private static DatabaseRecord Record(DatabaseSource source, SqliteImage image, SqliteImageSummary summary) => new()
    {
        Name = source.Name,
        Path = source.Path.ToString(),
        JournalMode = image.JournalMode == SqliteJournalMode.Wal ? "wal" : "rollback",
        PageSize = image.PageSize,
        Pages = image.PageCount,
        Tables = summary.Tables.ToDictionary(table => table.Table, table => table.Rows, StringComparer.Ordinal),
        ExpectTables = source.ExpectTables,
        Assertions = source.Assertions,
        Damage = [.. summary.Damage.Select(Describe)],
    };

    private static string Describe(PageDamage damage) =>
        $"page {damage.Page}{(damage.Owner is null ? string.Empty : $" of {PrintableName.Escape(damage.Owner)}")}: {damage.Reason}";

    /// <summary>The first failure stops the others; none is left running.</summary>
    private static async Task AllOrStopAsync(List<Task> tasks, CancellationTokenSource stop)
    {
        var running = new List<Task>(tasks);
        while (running.Count > 0)
        {
            var done = await Task.WhenAny(running).ConfigureAwait(false);
            running.Remove(done);
            if (done.IsCompletedSuccessfully) continue;
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await done.ConfigureAwait(false);
        }
    }

    private static async Task ReadAsync(SqliteImage image, ChannelWriter<Segment> segments, int segmentSize, CancellationToken cancellationToken)
    {
        for (long offset = 0; offset < image.Length; offset += segmentSize)
        {
            var length = (int)Math.Min(segmentSize, image.Length - offset);
            var buffer = ArrayPool<byte>.Shared.Rent(length);
            image.Read(offset, buffer.AsSpan(0, length));
            await segments.WriteAsync(new Segment(offset, buffer, length), cancellationToken).ConfigureAwait(false);
        }

        segments.Complete();
    }

    /// <param name="image">What is surveyed.</param>
    /// <param name="segments">What has been read of it.</param>
    /// <param name="content">Where the IDs of the chunks go.</param>
    /// <param name="chunkSize">Bytes.</param>
    /// <param name="stop">Another task failed: take no more segments.</param>
    /// <param name="cancellationToken">The whole backup is over. A save under way is broken off for nothing less, because that spoils the writer.</param>
    private async Task WorkAsync(
        SqliteImage image, ChannelReader<Segment> segments, Id[] content, int chunkSize, CancellationToken stop, CancellationToken cancellationToken)
    {
        await foreach (var segment in segments.ReadAllAsync(stop).ConfigureAwait(false))
        {
            var bytes = segment.Buffer.AsMemory(0, segment.Length);
            image.Survey.Add(segment.Offset, bytes.Span);
            for (var at = 0; at < bytes.Length; at += chunkSize)
            {
                var chunk = bytes.Slice(at, Math.Min(chunkSize, bytes.Length - at));
                var saved = await writer.SaveAsync(BlobType.Data, chunk, cancellationToken).ConfigureAwait(false);
                content[(segment.Offset + at) / chunkSize] = saved.Id;
                log.Added(saved.StoredLength);
            }

            log.Read(segment.Length);
            progress.AddBytes(segment.Length);
            ArrayPool<byte>.Shared.Return(segment.Buffer);
        }
    }

    private readonly record struct Segment(long Offset, byte[] Buffer, int Length);
}
