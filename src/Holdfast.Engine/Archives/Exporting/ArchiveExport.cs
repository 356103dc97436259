using Holdfast.Engine.Archives.Packing;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives.Exporting;

/// <summary>
/// Writes a snapshot, or one database of it, into one file that stock programs open. The file has its name when it is whole and durable; a
/// failure or a kill leaves none.
/// </summary>
public sealed class ArchiveExport(Repository repository, ArchiveExportOptions options, TimeProvider clock, OperationProgress progress)
{
    private readonly List<string> _notices = [];

    /// <exception cref="HoldfastException">
    /// Usage: FILE exists, no such database, no passphrase. NotFound: gpg. NoSpace. Damaged: the snapshot cannot be read whole.
    /// </exception>
    public async Task<ArchiveExportResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        progress.Begin("reading the snapshot");
        // Asked first: nobody wants to learn of it after an hour.
        if (options.WritesMeta) ArchiveMeta.RequirePlace(options.File);
        using var pending = PendingFile.Create(options.File, options.Overwrite);
        return await new LockedReading(repository, options.Lock ? options.Identity : null, clock, _notices.Add)
            .RunAsync((reader, token) => ExportAsync(reader, pending, token), cancellationToken).ConfigureAwait(false);
    }

    private async Task<ArchiveExportResult> ExportAsync(BlobReader reader, PendingFile pending, CancellationToken cancellationToken)
    {
        var snapshot = await ExportedSnapshot.ReadAsync(reader, options.Snapshot, cancellationToken).ConfigureAwait(false);
        var database = options.Format.Kind == ArchiveKind.Tar ? null : ChooseDatabase(snapshot);
        var need = options.Format.Kind == ArchiveKind.Sql ? database!.Entry.Size : 0;
        using var scratch = ArchiveScratch.Create(options.ScratchCandidates, need);
        progress.Begin("writing the archive", database?.Entry.Size ?? snapshot.Bytes);
        var digests = await WriteAsync(reader, snapshot, database, pending, scratch.Path, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        progress.Begin("finishing");
        pending.Commit();
        var meta = MetaOf(snapshot, database, digests);
        if (options.WritesMeta) meta.Write(options.File);
        var record = database is null ? null : RecordOf(snapshot, database);
        return new ArchiveExportResult
        {
            File = options.File,
            Format = options.Format,
            Snapshot = options.Snapshot.Id,
            Bytes = digests.FileSize,
            FileSha256 = digests.FileSha256,
            Meta = meta,
            Databases = record is null ? snapshot.Record?.Databases.Where(saved => saved.Missing is null).ToList() ?? [] : [record],
            Files = database is null ? snapshot.Items.Count(item => item.Entry is { Type: ArchiveEntry.File, Database: null }) : 0,
            Problems = database is null ? snapshot.Problems : [.. record!.Damage.Take(1).Select(damage => $"the database is damaged: {damage}")],
            Notices = _notices,
        };
    }

    private async Task<ArchiveDigests> WriteAsync(
        BlobReader reader, ExportedSnapshot snapshot, ExportedItem? database, PendingFile pending, FilePath scratch, CancellationToken cancellationToken)
    {
        var output = await ArchiveOutput.OpenAsync(pending.Content, options.Format, options.Passphrase, scratch, cancellationToken).ConfigureAwait(false);
        await using (output.ConfigureAwait(false))
        {
            try
            {
                if (database is null)
                    await new TarArchiveWriter(reader, progress).WriteAsync(snapshot, options.Program, output.Content, cancellationToken).ConfigureAwait(false);
                else if (options.Format.Kind == ArchiveKind.Database)
                    await database.CopyAsync(reader, output.Content, progress, cancellationToken).ConfigureAwait(false);
                else
                    await DumpAsync(reader, database, output.Content, scratch, cancellationToken).ConfigureAwait(false);
                return await output.CompleteAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // A broken pipe to gpg says nothing; what stands behind it does.
                await output.ThrowFailureAsync(cancellationToken).ConfigureAwait(false);
                throw;
            }
        }
    }

    private async Task DumpAsync(BlobReader reader, ExportedItem database, Stream output, FilePath scratch, CancellationToken cancellationToken)
    {
        var copy = scratch.Combine("database.db");
        using (var file = RegularFileStream.CreateNew(copy)) await database.CopyAsync(reader, file, progress, cancellationToken).ConfigureAwait(false);
        await Task.Run(() => SqlDump.Write(copy.ToString(), database.Entry.Database!, output, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private ExportedItem ChooseDatabase(ExportedSnapshot snapshot)
    {
        var databases = snapshot.Items.Where(item => item.Entry.Database is not null).ToList();
        var chosen = options.Database is null ? databases : databases.Where(item => item.Entry.Database == options.Database).ToList();
        var names = string.Join(", ", databases.Select(item => Quoted.Text(item.Entry.Database!)));
        return chosen switch
        {
            [var one] => one,
            [] when databases.Count == 0 => throw new HoldfastException(FailureKind.NotFound, $"snapshot {options.Snapshot.Id.Short} has no database", "export it as .tar.gz"),
            [] => throw new HoldfastException(FailureKind.NotFound, $"the snapshot has no database {Quoted.Text(options.Database!)}", $"it has {names}"),
            _ => throw new HoldfastException(FailureKind.Usage, $"the snapshot has {chosen.Count} databases, and a {options.Format} holds one", $"say which with --database NAME: {names}; or export it as .tar.gz"),
        };
    }

    private static DatabaseRecord RecordOf(ExportedSnapshot snapshot, ExportedItem database) =>
        snapshot.Record!.Databases.First(record => record.Path == database.Entry.Original);

    private ArchiveMeta MetaOf(ExportedSnapshot snapshot, ExportedItem? database, ArchiveDigests digests) => new()
    {
        BackupName = ArchiveMeta.BackupNameOf(options.File),
        Timestamp = ArchiveMeta.TextOf(snapshot.Stored.Snapshot.Time.ToDateTimeOffset()),
        SizeBytes = digests.PlainSize,
        ChecksumSha256 = digests.PlainSha256,
        DatabasePath = database?.Entry.Original ?? snapshot.Record?.Root,
        Encrypted = options.Format.Encrypted,
    };
}
