using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Databases.Postgres.BaseBackups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Backups;

/// <summary>Saves the whole cluster that a database is in: a base backup, file by file.</summary>
internal sealed class ClusterArchiver(BlobWriter writer, StreamArchiver streams, BackupLog log, OperationProgress progress, int workers, TimeProvider clock)
{
    /// <summary>The data directory, in the folder of the database.</summary>
    internal const string FolderName = "data";

    /// <summary>What pg_verifybackup reads.</summary>
    private const string ManifestName = "backup_manifest";

    private const int Kibibyte = 1024;

    /// <param name="source">A database of the cluster.</param>
    /// <param name="server">Where it is.</param>
    /// <param name="folder">Where it is in the snapshot.</param>
    /// <param name="previousChunkSize">What the parent's cluster was cut in; null when there is none.</param>
    /// <param name="cancellationToken">Ends the connection, and with it the backup on the server.</param>
    /// <exception cref="HoldfastException">It cannot be saved, and why.</exception>
    internal async Task<ArchivedServedDatabase> SaveAsync(
        ServedDatabase source, PostgresServer server, FilePath folder, int? previousChunkSize, CancellationToken cancellationToken)
    {
        progress.Begin($"asking the server of the database {PrintableName.Escape(source.Name)} for a base backup");
        var facts = await ClusterFacts.ReadAsync(server, cancellationToken).ConfigureAwait(false);
        using var backup = await BaseBackup.StartAsync(server, new BaseBackupOptions { MaxRate = Rate(source.MaxRate) }, cancellationToken).ConfigureAwait(false);
        progress.Begin($"reading the cluster of the database {PrintableName.Escape(source.Name)}", backup.EstimatedBytes);
        var chunkSize = PageChunking.ChunkSize(backup.EstimatedBytes, facts.PageSize, previousChunkSize);
        var saver = new ChunkSaver(writer, log, progress, workers);
        await using (saver.ConfigureAwait(false))
        {
            var files = new ClusterFiles(saver, FolderName, chunkSize);
            ServedFile? manifest = null;
            while (await backup.NextAsync(cancellationToken).ConfigureAwait(false) is { } part)
            {
                if (part.IsManifest) manifest = await SaveManifestAsync(part, cancellationToken).ConfigureAwait(false);
                else await files.AddAsync(part, cancellationToken).ConfigureAwait(false);
            }

            var (end, damage) = await backup.FinishAsync(cancellationToken).ConfigureAwait(false);
            var at = clock.GetUtcNow();
            log.ReadAt(at);
            await saver.FinishAsync().ConfigureAwait(false);
            IReadOnlyList<ServedFile> all = [.. files.Files, manifest ?? throw new HoldfastException(FailureKind.Failed, $"{server.ServerDisplay} sent no manifest of its base backup")];
            foreach (var notice in backup.Notices.Except(damage, StringComparer.Ordinal)) log.Notice($"{source.Name}: {notice}");
            var record = Record(source, folder) with { At = at, Damage = damage, Postgres = Describe(server, facts, backup, end, chunkSize, all.Sum(file => file.Size)) };
            return new ArchivedServedDatabase(all, record) { Folders = files.Folders };
        }
    }

    // Line by line it is like the one before, wherever it moved to.
    private async Task<ServedFile> SaveManifestAsync(BaseBackupPart part, CancellationToken cancellationToken)
    {
        var saved = await streams.SaveAsync(part.Content, StreamChunking.SmallestAverage, cancellationToken).ConfigureAwait(false);
        return new ServedFile($"{FolderName}/{ManifestName}", saved.Content, saved.Size);
    }

    private static int? Rate(long? bytes) => bytes is { } rate ? (int)Math.Clamp(rate / Kibibyte, BaseBackupOptions.SlowestRate, BaseBackupOptions.FastestRate) : null;

    private static DatabaseRecord Record(ServedDatabase source, FilePath folder) => new()
    {
        Name = source.Name,
        Kind = DatabaseRecord.PostgresKind,
        Path = folder.ToString(),
        ExpectTables = source.ExpectTables,
        Assertions = source.Assertions,
    };

    private static PostgresRecord Describe(PostgresServer server, ClusterFacts facts, BaseBackup backup, string end, int chunkSize, long bytes) => new()
    {
        Method = PostgresRecord.Physical,
        Database = server.Database,
        ServerVersion = facts.Version.ToString(),
        Standby = facts.IsStandby,
        Bytes = bytes,
        ChunkAverage = chunkSize,
        Extensions = facts.Extensions,
        Cluster = new ClusterRecord
        {
            Folder = FolderName,
            SystemIdentifier = backup.SystemIdentifier,
            Timeline = backup.Timeline,
            Start = backup.Start,
            End = end,
            Checksums = facts.HasChecksums,
            Superuser = facts.Superuser,
            Tablespaces = [.. backup.Tablespaces.Select(space => new TablespaceRecord(space.Id, facts.TablespaceNames.GetValueOrDefault(space.Id), space.Location))],
        },
    };
}
