using Holdfast.Engine.Databases.Sqlite;
using Microsoft.Data.Sqlite;

namespace Holdfast.Bench.Databases;

internal sealed record PageChangeResult(long ChangedPages, long Pages, long Updates);

/// <summary>
/// Changes a share of a database's pages as an application does: updates of rows spread at random that keep their size. It goes on until
/// the share is reached, counts what really changed, and leaves no WAL behind.
/// </summary>
internal static class PageChange
{
    private const double CloseEnough = 0.98;

    public static PageChangeResult Execute(string path, double percent, ulong seed)
    {
        using var connection = SqliteConnections.Open(path);
        Checkpoint(connection);
        var before = PageFingerprints.Of(path);
        var target = (long)(before.Count * percent / 100);
        using var updates = new RandomUpdates(connection, new Dice(seed));
        long changed = 0, count = 0;
        while (changed < target * CloseEnough)
        {
            connection.Execute("BEGIN");
            // An update changes about 1.3 pages: some are of an indexed column.
            for (var missing = (target - changed) / 1.3; missing > 0; missing--, count++) updates.Next();
            connection.Execute("COMMIT");
            Checkpoint(connection);
            changed = PageFingerprints.Of(path).DifferencesTo(before);
        }

        return new(changed, before.Count, count);
    }

    private static void Checkpoint(SqliteConnection connection) => connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
}
