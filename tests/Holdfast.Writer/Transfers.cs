using Holdfast.Engine.Databases.Sqlite;
using Microsoft.Data.Sqlite;

namespace Holdfast.Writer;

/// <summary>
/// Every commit keeps: the accounts' sum is constant, the counter equals the rows of the log, and so does the table without rowid.
/// </summary>
internal sealed class Transfers(SqliteConnection connection, int seed, bool calm)
{
    private readonly Random _random = new(seed);
    private readonly Lock _gate = new();
    private long _commits;

    public static int Run(string path, int seed, bool calm)
    {
        using var connection = SqliteConnections.Open(path);
        // A calm one that has to wait for anybody waits for ever, so that its commits stand still.
        connection.Execute($"PRAGMA busy_timeout={(calm ? 2_000_000_000 : 5000)}; PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint={(calm ? 1000 : 20)}");
        var transfers = new Transfers(connection, seed, calm);
        using var stop = new CancellationTokenSource();
        var work = Task.Run(() => transfers.Work(stop.Token));
        Console.WriteLine("ready");
        while (Console.ReadLine() is not null) Console.WriteLine(transfers.Report());
        stop.Cancel();
        work.GetAwaiter().GetResult();
        return 0;
    }

    private string Report()
    {
        lock (_gate) return FormattableString.Invariant($"{_commits}");
    }

    private void Work(CancellationToken stop)
    {
        for (var i = 1; !stop.IsCancellationRequested; i++)
        {
            Try(Transfer);
            lock (_gate) _commits++;

            if (calm) continue;
            if (i % 40 == 0) Try(() => Checkpoint(_random.Next(3)));
            if (i % 300 == 0) Try(() => connection.Execute("VACUUM"));
        }
    }

    private void Transfer()
    {
        var (from, to, amount) = (_random.Next(1, 101), _random.Next(1, 101), _random.Next(1, 50));
        var note = new byte[_random.Next(10, 900)];
        _random.NextBytes(note);
        using var transaction = connection.BeginTransaction(deferred: false);
        Run("update accounts set balance = balance - $amount where id = $id", ("$amount", amount), ("$id", from));
        Run("insert into log(note) values ($note)", ("$note", note));
        Run("insert into keys(k, v) select 'k' || max(id), max(id) from log");
        Run("update counter set n = n + 1");
        Run("update accounts set balance = balance + $amount where id = $id", ("$amount", amount), ("$id", to));
        if (Convert.ToInt64(connection.Scalar("select n from counter"), null) > 150)
        {
            Run("delete from keys where v in (select id from log order by id limit 100)");
            Run("delete from log where id in (select id from log order by id limit 100)");
            Run("update counter set n = n - 100");
        }

        transaction.Commit();

        void Run(string sql, params ReadOnlySpan<(string, object?)> parameters)
        {
            using var command = connection.Command(sql, parameters);
            command.Transaction = transaction;
            command.ExecuteNonQuery();
        }
    }

    private void Checkpoint(int kind)
    {
        connection.Execute("PRAGMA busy_timeout=0");
        connection.Execute("PRAGMA wal_checkpoint(" + (kind switch { 0 => "PASSIVE", 1 => "RESTART", _ => "TRUNCATE" }) + ")");
        connection.Execute("PRAGMA busy_timeout=5000");
    }

    // Busy is what an application lives with; anything else ends the program, and with it the test.
    private static void Try(Action work)
    {
        try
        {
            work();
        }
        catch (SqliteException busy) when (busy.SqliteErrorCode is 5 or 6)
        {
            Thread.Yield();
        }
    }
}
