using System.Text.Unicode;
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

/// <summary>What reading a database came to.</summary>
/// <param name="Content">The blobs in order.</param>
/// <param name="Size">Bytes of the image.</param>
/// <param name="Record">What it held.</param>
internal sealed record ArchivedDatabase(IReadOnlyList<Id> Content, long Size, DatabaseRecord Record);

/// <summary>
/// Streams one consistent image of a live SQLite database into the repository: one reader, several workers that hash, survey and save,
/// a bounded number of segments between them.
/// </summary>
internal sealed class DatabaseArchiver(BlobWriter writer, BackupLog log, OperationProgress progress, SqliteImageOptions options, int workers)
{
    /// <summary>Bytes read at a time; chunks larger than this are read whole.</summary>
    private const int SegmentSize = 1 << 20;

    /// <summary>Bytes from which on writers in a rollback mode would notice how long a first backup takes.</summary>
    private const long WorthSavingAhead = 16 << 20;

    /// <summary>Pins a database and reads it.</summary>
    /// <param name="source">The database.</param>
    /// <param name="previousChunkSize">Bytes of the chunks the parent snapshot has it cut in; null when unknown.</param>
    /// <param name="cancellationToken">Stops between segments.</param>
    /// <exception cref="HoldfastException">No database, locked, encrypted: as the image says.</exception>
    internal async Task<ArchivedDatabase> SaveAsync(DatabaseSource source, int? previousChunkSize, CancellationToken cancellationToken)
    {
        if (previousChunkSize is null) await TrySaveAheadAsync(source, cancellationToken).ConfigureAwait(false);
        await using var pin = await PinAsync(source, options.BusyDeadline, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(source, pin, previousChunkSize, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Holds the newest commit of a database in place until the pin is disposed of.</summary>
    /// <exception cref="HoldfastException">No database, locked beyond the deadline, encrypted: as the image says.</exception>
    internal async Task<DatabasePin> PinAsync(DatabaseSource source, TimeSpan deadline, CancellationToken cancellationToken)
    {
        if (!Utf8.IsValid(source.Path.Span))
            throw new HoldfastException(FailureKind.Failed, "its path is not UTF-8, and SQLite opens no other", "give it another name, or move it to another folder");
        var patience = options with { BusyDeadline = deadline };
        var image = await SqliteImage.OpenAsync(source.Path.ToString(), patience, cancellationToken).ConfigureAwait(false);
        var now = options.Clock.GetUtcNow();
        log.ReadAt(now);
        return new DatabasePin(image, now);
    }

    /// <summary>Reads a database that is pinned.</summary>
    /// <param name="source">The database.</param>
    /// <param name="pin">Its state.</param>
    /// <param name="previousChunkSize">Bytes of the chunks the parent snapshot has it cut in; null when unknown.</param>
    /// <param name="cancellationToken">Stops between segments.</param>
    internal async Task<ArchivedDatabase> ReadAsync(DatabaseSource source, DatabasePin pin, int? previousChunkSize, CancellationToken cancellationToken)
    {
        var image = pin.Image;
        progress.Begin($"reading the database {PrintableName.Escape(source.Name)}", image.Length);
        var chunkSize = PageChunking.ChunkSize(image.Length, image.PageSize, previousChunkSize);
        var content = new Id[(image.Length + chunkSize - 1) / chunkSize];
        await SegmentPipeline.RunAsync(
            image.Length,
            Math.Max(chunkSize, SegmentSize),
            workers,
            image.Read,
            async (offset, bytes) =>
            {
                image.Survey.Add(offset, bytes.Span);
                await SaveChunksAsync(bytes, chunkSize, (at, id) => content[(offset + at) / chunkSize] = id, cancellationToken).ConfigureAwait(false);
                log.Read(bytes.Length);
                progress.AddBytes(bytes.Length);
            },
            cancellationToken).ConfigureAwait(false);
        return new ArchivedDatabase(content, image.Length, Record(source, image, image.Summarise(cancellationToken)) with { At = pin.At });
    }

    private static DatabaseRecord Record(DatabaseSource source, SqliteImage image, SqliteImageSummary summary) => new()
    {
        Name = source.Name,
        Kind = DatabaseRecord.SqliteKind,
        Path = source.Path.ToString(),
        Sqlite = new SqliteRecord
        {
            JournalMode = image.JournalMode == SqliteJournalMode.Wal ? "wal" : "rollback",
            PageSize = image.PageSize,
            Pages = image.PageCount,
        },
        Tables = summary.Tables.ToDictionary(table => table.Table, table => table.Rows, StringComparer.Ordinal),
        ExpectTables = source.ExpectTables,
        Assertions = source.Assertions,
        Damage = [.. summary.Damage.Select(Describe)],
    };

    private static string Describe(PageDamage damage) =>
        $"page {damage.Page}{(damage.Owner is null ? string.Empty : $" of {PrintableName.Escape(damage.Owner)}")}: {damage.Reason}";

    /// <summary>
    /// In the rollback modes writers wait while the image is held. So a large database that the repository does not know yet is first read without a lock,
    /// and its chunks are stored; what is left to do under the lock is reading and hashing. A chunk that was caught in the middle of a change is stored
    /// for nothing: no snapshot refers to it, and pruning removes it.
    /// </summary>
    internal async Task TrySaveAheadAsync(DatabaseSource source, CancellationToken cancellationToken)
    {
        try
        {
            await SaveAheadAsync(source, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (!ReferenceEquals(error, writer.Failure))
        {
            // The image is read all the same: it goes around sectors that the disk cannot read, and says what they held.
        }
    }

    private async Task SaveAheadAsync(DatabaseSource source, CancellationToken cancellationToken)
    {
        using var file = DescriptorReader.Open(source.Path);
        var size = (long)file.Status.Size;
        var first = new byte[SqliteHeader.Size];
        if (size < WorthSavingAhead || file.Read(first) < first.Length || SqliteHeader.Recognise(first) != SqliteFileKind.Sqlite) return;
        var header = SqliteHeader.Parse(first, source.Path.ToString());
        if (header.UsesWal) return;
        using var content = DescriptorReader.Open(source.Path);
        var chunkSize = PageChunking.ChunkSize(size, header.PageSize, previousChunkSize: null);
        await SegmentPipeline.RunAsync(
            size,
            Math.Max(chunkSize, SegmentSize),
            workers,
            (_, destination) => content.Read(destination),
            (_, bytes) => SaveChunksAsync(bytes, chunkSize, (_, _) => { }, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task SaveChunksAsync(ReadOnlyMemory<byte> bytes, int chunkSize, Action<int, Id> saved, CancellationToken cancellationToken)
    {
        for (var at = 0; at < bytes.Length; at += chunkSize)
        {
            var blob = await writer.SaveAsync(BlobType.Data, bytes.Slice(at, Math.Min(chunkSize, bytes.Length - at)), cancellationToken).ConfigureAwait(false);
            saved(at, blob.Id);
        }
    }
}
