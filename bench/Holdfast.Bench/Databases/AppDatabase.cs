using System.Diagnostics;
using Holdfast.Engine.Databases.Sqlite;
using Microsoft.Data.Sqlite;

namespace Holdfast.Bench.Databases;

internal sealed record GeneratedDatabase(long Pages, long Rows, TimeSpan Elapsed);

/// <summary>
/// Makes a database as an application leaves it after years: the tables grew at the same time, so their pages lie mixed. The same
/// size and seed give the same rows.
/// </summary>
internal static class AppDatabase
{
    // Rows of one minute of the application's life: half of the bytes are measurements, a third scans, the rest the audit trail.
    private const int MetricsPerMinute = 500;
    private const int ScansPerMinute = 4;
    private const int AuditsPerMinute = 30;
    private const int MinutesPerTransaction = 30;

    /// <param name="path">A file that does not exist yet.</param>
    /// <param name="size">Bytes, reached to within a few MiB.</param>
    /// <param name="seed">What makes the rows differ.</param>
    public static GeneratedDatabase Generate(string path, long size, ulong seed)
    {
        if (File.Exists(path)) throw new UsageException($"{path} exists already");
        var started = Stopwatch.GetTimestamp();
        using var connection = SqliteConnections.OpenOrCreate(path);
        // Nothing is lost by a crash here: the file is made anew.
        connection.Execute($"PRAGMA page_size={AppSchema.PageSize}; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
        connection.Execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-524288");
        connection.Execute(AppSchema.Sql);
        var pages = size / AppSchema.PageSize;
        long rows = 0;
        connection.Execute("BEGIN");
        using (var application = new SimulatedApplication(connection, new Dice(seed)))
        {
            application.Install();
            while (Statement.Number(connection, "PRAGMA page_count") < pages)
            {
                for (var i = 0; i < MinutesPerTransaction; i++) rows += application.LiveOneMinute(MetricsPerMinute, ScansPerMinute, AuditsPerMinute);
                connection.Execute("COMMIT; BEGIN");
            }
        }

        connection.Execute("COMMIT; PRAGMA locking_mode=NORMAL; ANALYZE; PRAGMA journal_mode=WAL; PRAGMA wal_checkpoint(TRUNCATE)");
        return new(Statement.Number(connection, "PRAGMA page_count"), rows, Stopwatch.GetElapsedTime(started));
    }
}
