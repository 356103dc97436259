using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Backups;

/// <summary>Saves a PostgreSQL database as a dump, with the roles and tablespaces of its server, and counts its rows in the same state meanwhile.</summary>
internal sealed class PostgresArchiver(BlobWriter writer, StreamArchiver streams, BackupLog log, OperationProgress progress, PostgresTools tools, TimeProvider clock)
{
    /// <summary>What restic's own commands find: <c>restic dump SNAPSHOT PATH | pg_restore</c>.</summary>
    internal const string DumpName = "database.dump";

    private const string GlobalsName = "globals.sql";

    /// <param name="source">The database.</param>
    /// <param name="snapshot">Its state.</param>
    /// <param name="folder">Where it is in the snapshot.</param>
    /// <param name="previousAverage">What the parent's dump was cut in; null when there is none.</param>
    /// <param name="cancellationToken">Ends pg_dump.</param>
    /// <exception cref="HoldfastException">It cannot be dumped, and why.</exception>
    internal async Task<ArchivedServedDatabase> SaveAsync(
        ServedDatabase source, PostgresSnapshot snapshot, FilePath folder, int? previousAverage, CancellationToken cancellationToken)
    {
        progress.Begin($"dumping the database {PrintableName.Escape(source.Name)}");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var counting = snapshot.SummariseAsync(stop.Token);
        try
        {
            var (dump, version, average) = await DumpAsync(source, snapshot, previousAverage, cancellationToken).ConfigureAwait(false);
            var (globals, hasPasswords) = await GlobalsAsync(source, snapshot, cancellationToken).ConfigureAwait(false);
            var summary = await counting.ConfigureAwait(false);
            var record = Record(source, snapshot, folder, summary) with
            {
                Postgres = Describe(snapshot, summary) with
                {
                    Dump = dump.Name,
                    DumpBytes = dump.Size,
                    DumpVersion = version,
                    ChunkAverage = average,
                    Globals = globals?.Name,
                    RolePasswords = hasPasswords,
                },
            };
            return new ArchivedServedDatabase(globals is null ? [dump] : [dump, globals], record);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)counting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(ServedFile File, int Version, int Average)> DumpAsync(
        ServedDatabase source, PostgresSnapshot snapshot, int? previousAverage, CancellationToken cancellationToken)
    {
        var dump = await PostgresDump.StartAsync(snapshot, tools, cancellationToken).ConfigureAwait(false);
        await using (dump.ConfigureAwait(false))
        {
            var average = StreamChunking.Average(await snapshot.BytesAsync(cancellationToken).ConfigureAwait(false), previousAverage);
            var saved = await streams.SaveAsync(dump.Output, average, cancellationToken).ConfigureAwait(false);
            foreach (var warning in await dump.FinishAsync(cancellationToken).ConfigureAwait(false)) log.Notice($"{source.Name}: {warning}");
            return (new ServedFile(DumpName, saved.Content, saved.Size), dump.ProgramVersion, average);
        }
    }

    private async Task<(ServedFile? File, bool HasPasswords)> GlobalsAsync(ServedDatabase source, PostgresSnapshot snapshot, CancellationToken cancellationToken)
    {
        try
        {
            var globals = await PostgresGlobals.ReadAsync(snapshot, tools, clock, cancellationToken).ConfigureAwait(false);
            if (!globals.HasPasswords)
                log.Notice($"{source.Name}: the roles of the server were saved without their passwords, which only a superuser may read");
            var saved = await writer.SaveAsync(BlobType.Data, globals.Sql, cancellationToken).ConfigureAwait(false);
            return (new ServedFile(GlobalsName, [saved.Id], globals.Sql.Length), globals.HasPasswords);
        }
        catch (HoldfastException error) when (!ReferenceEquals(error, writer.Failure))
        {
            log.Notice($"{source.Name}: roles and tablespaces of the server were not saved: {error.Message}");
            return (null, false);
        }
    }

    private static DatabaseRecord Record(ServedDatabase source, PostgresSnapshot snapshot, FilePath folder, PostgresSummary summary) => new()
    {
        Name = source.Name,
        Kind = DatabaseRecord.PostgresKind,
        Path = folder.ToString(),
        Tables = summary.Tables,
        At = snapshot.At,
        ExpectTables = source.ExpectTables,
        Assertions = source.Assertions,
    };

    private static PostgresRecord Describe(PostgresSnapshot snapshot, PostgresSummary summary) => new()
    {
        Method = PostgresRecord.Logical,
        Database = snapshot.Server.Database,
        ServerVersion = snapshot.Version.ToString(),
        Standby = snapshot.IsStandby,
        Bytes = summary.Bytes,
        Owner = summary.Owner,
        Encoding = summary.Encoding,
        Collate = summary.Collate,
        CType = summary.CType,
        Extensions = summary.Extensions,
        LargeObjects = summary.LargeObjects,
    };
}
