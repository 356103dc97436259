using Holdfast.Engine.Archives.Packing;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Archives.Verifying;

/// <summary>Which archive to verify.</summary>
public sealed record ArchiveVerificationOptions
{
    public required FilePath File { get; init; }

    /// <summary>For encrypted ones.</summary>
    public Passphrase? Passphrase { get; init; }

    /// <summary>Symbolic links that lead out of what the archive holds are accepted.</summary>
    public bool TrustLinks { get; init; }

    /// <summary>Folders in which a scratch directory may be made; the first with room is taken.</summary>
    public required IReadOnlyList<FilePath> ScratchCandidates { get; init; }
}

/// <summary>
/// Reads an archive to its last byte before anything of it is used: encryption, compression, lists, sums, sizes and names are checked, and
/// every database is opened and asked.
/// </summary>
public sealed class ArchiveVerification(ArchiveVerificationOptions options, OperationProgress progress)
{
    private readonly List<string> _notices = [];

    /// <returns>To be disposed of; what was unpacked goes with it.</returns>
    /// <exception cref="HoldfastException">
    /// Damaged: refused, and why. WrongKey. Usage: no passphrase. NotFound: no such file, or no gpg. NoSpace.
    /// </exception>
    public async Task<VerifiedArchive> ExecuteAsync(CancellationToken cancellationToken)
    {
        progress.Begin("reading the archive");
        var status = FileSystem.Status(options.File, followLinks: true);
        if (!status.IsFile) throw new HoldfastException(FailureKind.Failed, $"\"{options.File.Display}\" is not a file", "name an archive");
        RefuseJournals();
        var meta = ArchiveMeta.TryRead(options.File);
        var scratch = ArchiveScratch.Create(options.ScratchCandidates, Math.Max((long)status.Size, meta?.SizeBytes is > 0 and < long.MaxValue / 2 ? meta.SizeBytes : 0));
        try
        {
            return await VerifyAsync(scratch, status, meta, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await scratch.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What was written last may be in a journal beside a database: the file alone is an older state, or none at all.</summary>
    /// <exception cref="HoldfastException">Failed: there is one, and it is not empty.</exception>
    private void RefuseJournals()
    {
        foreach (var suffix in (string[])[SqliteRelatedFiles.Wal, SqliteRelatedFiles.RollbackJournal])
        {
            var journal = options.File.WithSuffix(suffix);
            if (FileSystem.TryStatus(journal, followLinks: true) is not { IsFile: true, Size: > 0 }) continue;
            throw new HoldfastException(
                FailureKind.Failed,
                $"\"{journal.Display}\" lies beside the file and belongs to it: without that the database lacks what was written last, or is damaged",
                $"`sqlite3 \"{options.File.Display}\" \".backup COPY.db\"` makes one file of both, take that; if it is of another database, move it away");
        }
    }

    private async Task<VerifiedArchive> VerifyAsync(ScratchDirectory scratch, FileStatus status, ArchiveMeta? meta, CancellationToken cancellationToken)
    {
        var input = await ArchiveInput.OpenAsync(options.File, options.Passphrase, scratch.Path, cancellationToken).ConfigureAwait(false);
        await using (input.ConfigureAwait(false))
        {
            var (unpacked, digests) = await input.GuardAsync(
                async () =>
                {
                    var archive = await UnpackAsync(input, scratch.Path, cancellationToken).ConfigureAwait(false);
                    return (archive, await input.FinishAsync(cancellationToken).ConfigureAwait(false));
                },
                cancellationToken).ConfigureAwait(false);
            meta = Belonging(meta, digests);
            return new VerifiedArchive(scratch)
            {
                File = options.File,
                Format = input.Format,
                Bytes = digests.FileSize,
                FileSha256 = digests.FileSha256,
                Meta = meta,
                Created = CreatedAt(unpacked.Manifest, meta, status),
                Manifest = unpacked.Manifest,
                Databases = await Task.Run(() => CheckDatabases(unpacked, meta, cancellationToken), cancellationToken).ConfigureAwait(false),
                Unpacked = unpacked.Files,
                Problems = unpacked.Manifest?.Record?.Problems ?? [],
                Notices = _notices,
            };
        }
    }

    private async Task<Contents> UnpackAsync(ArchiveInput input, FilePath scratch, CancellationToken cancellationToken)
    {
        var single = scratch.Combine("database.db");
        switch (input.Format.Kind)
        {
            case ArchiveKind.Tar:
                var folder = scratch.Combine("contents");
                FileSystem.TryCreateDirectory(folder, FilePermissions.PrivateDirectory);
                var archive = await new TarArchiveReader(input.Content, folder, options.TrustLinks, progress).UnpackAsync(cancellationToken).ConfigureAwait(false);
                return new Contents(archive.Manifest, archive.Files, null);
            case ArchiveKind.Sql:
                progress.Begin("loading the SQL");
                var name = $"\"{options.File.Display}\"";
                await Task.Run(() => SqlLoad.Run(input.Content, single.ToString(), name, Room(scratch), cancellationToken), cancellationToken).ConfigureAwait(false);
                return new Contents(null, [], single);
            default:
                progress.Begin("unpacking the database");
                await CopyAsync(input.Content, single, cancellationToken).ConfigureAwait(false);
                return new Contents(null, [], single);
        }
    }

    private async Task CopyAsync(Stream source, FilePath target, CancellationToken cancellationToken)
    {
        using var file = RegularFileStream.CreateNew(target);
        var room = Room(target);
        var buffer = new byte[1 << 20];
        int length;
        while ((length = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (file.Position + length > room)
                throw new HoldfastException(FailureKind.NoSpace, $"the archive unpacks to more than the {HumanFormat.Size(room)} that are free", "free some space, or name a folder with room in TMPDIR");
            file.Write(buffer, 0, length);
            progress.AddBytes(length);
        }
    }

    private static long Room(FilePath place) => (long)Math.Min(FreeSpace.At(place), long.MaxValue) - ArchiveScratch.Margin;

    /// <summary>The sidecar, if it is of this archive: two that are renamed together, or decrypted by hand, still belong together.</summary>
    /// <exception cref="HoldfastException">Damaged: it is of this archive, and says something else.</exception>
    private ArchiveMeta? Belonging(ArchiveMeta? meta, ArchiveDigests digests)
    {
        if (meta is null) return null;
        if (meta.SizeBytes == digests.PlainSize && meta.ChecksumSha256.Equals(digests.PlainSha256, StringComparison.OrdinalIgnoreCase)) return meta;
        if (!meta.IsOf(options.File))
        {
            _notices.Add($"the .meta file beside it is of {meta.Subject}, and was not compared");
            return null;
        }

        throw new HoldfastException(
            FailureKind.Damaged, "the archive is refused: its size or SHA-256 is not the one in its .meta file", "one of the two was altered, or belongs to another archive");
    }

    private DateTimeOffset CreatedAt(ArchiveManifest? manifest, ArchiveMeta? meta, FileStatus status)
    {
        if (manifest is not null && Timestamp.TryParse(manifest.Time, out var time)) return time.ToDateTimeOffset();
        if (meta?.Time() is { } recorded) return recorded;
        if (ArchiveFileName.TimeIn(options.File) is { } named) return named;
        _notices.Add("nothing says when the backup was made: the time of the file is taken");
        return DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(status.ModifiedAt.Seconds, 0, int.MaxValue));
    }

    private List<VerifiedDatabase> CheckDatabases(Contents contents, ArchiveMeta? meta, CancellationToken cancellationToken)
    {
        progress.Begin("checking the databases");
        if (contents.Single is { } single) return [Check(single, null, meta?.DatabasePath, null, cancellationToken)];
        var records = contents.Manifest?.Record?.Databases ?? [];
        return
        [
            .. contents.Files.Where(file => file.Entry.Database is not null).Select(file => Check(
                file.Content!, file.Entry.Database, file.Entry.Original, records.First(record => record.Path == file.Entry.Original), cancellationToken)),
        ];
    }

    private VerifiedDatabase Check(
        FilePath content, string? name, string? path, RestorePoints.DatabaseRecord? record, CancellationToken cancellationToken)
    {
        var header = new byte[SqliteHeader.Size];
        string sum;
        long bytes;
        using (var file = RegularFileStream.OpenRead(content))
        using (var hashing = new HashingStream(file))
        {
            _ = hashing.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            hashing.CopyTo(Stream.Null);
            (sum, bytes) = (hashing.Sha256(), hashing.Count);
        }

        var shown = name ?? $"in \"{options.File.Display}\"";
        var parsed = SqliteHeader.Parse(header, shown);
        // SQLite takes a last page that is cut for one that ends in zeros.
        if (bytes % parsed.PageSize != 0) throw new HoldfastException(FailureKind.Damaged, $"the database {Quoted.Escape(shown, 200)} is truncated", "use another archive");
        using var checks = SqliteDatabaseChecks.Open(content.ToString(), shown);
        var isDamaged = record is { Damage.Count: > 0 };
        if (!isDamaged && checks.IntegrityCheck(1, cancellationToken) is [var broken, ..])
            throw new HoldfastException(FailureKind.Damaged, $"the database {Quoted.Escape(shown, 200)} is damaged: {Quoted.Escape(broken, 300)}", "use another archive");
        var tables = isDamaged ? record!.Tables : checks.RowCounts(cancellationToken).ToDictionary(table => table.Table, table => table.Rows, StringComparer.Ordinal);
        if (record is not null && !isDamaged && !(record.Tables.Count == tables.Count && record.Tables.All(table => tables.TryGetValue(table.Key, out var rows) && rows == table.Value)))
            throw new HoldfastException(FailureKind.Damaged, $"the database {Quoted.Escape(shown, 200)} has other tables or rows than its record says", "use another archive");
        return new VerifiedDatabase
        {
            Name = name,
            Path = path,
            Bytes = bytes,
            Sha256 = sum,
            PageSize = parsed.PageSize,
            UsesWal = parsed.UsesWal,
            Tables = tables,
            Content = content,
        };
    }

    private sealed record Contents(ArchiveManifest? Manifest, IReadOnlyList<UnpackedFile> Files, FilePath? Single);
}
