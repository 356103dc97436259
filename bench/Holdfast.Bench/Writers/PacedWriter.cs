using Holdfast.Bench.Databases;
using Holdfast.Engine.Databases.Sqlite;
using Microsoft.Data.Sqlite;

namespace Holdfast.Bench.Writers;

/// <summary>When a transaction was due, and how long after that it was committed, in nanoseconds.</summary>
internal readonly record struct PacedTransaction(long Due, long Latency);

internal sealed record PacedWriterOptions(double PerSecond, string Synchronous, ulong Seed);

/// <summary>
/// A live application: small transactions at a steady pace. A latency counts from the instant that a transaction was due and not from
/// when the writer got to it, so a pause that holds up many transactions is seen in all of them ("coordinated omission").
/// </summary>
internal sealed class PacedWriter : IDisposable
{
    private const int MetricsPerTransaction = 5;

    private readonly SqliteConnection _connection;
    private readonly Dice _dice;
    private readonly long _interval;
    private readonly Statement _begin;
    private readonly Statement _metric;
    private readonly Statement _device;
    private readonly Statement _audit;
    private readonly Statement _commit;
    private readonly int _devices;

    public PacedWriter(string path, PacedWriterOptions options)
    {
        _connection = SqliteConnections.Open(path);
        _connection.Execute($"PRAGMA busy_timeout=30000; PRAGMA foreign_keys=ON; PRAGMA synchronous={options.Synchronous}");
        // Whatever was left in the log would be somebody else's checkpoint.
        _connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        _dice = new Dice(options.Seed);
        _interval = (long)(MonotonicClock.NanosecondsPerSecond / options.PerSecond);
        _devices = (int)Statement.Number(_connection, "SELECT count(*) FROM devices");
        _begin = new(_connection, "BEGIN IMMEDIATE");
        _metric = new(_connection, "INSERT INTO metrics(device_id, kind_id, ts, value) VALUES (?, ?, ?, ?)");
        _device = new(_connection, "UPDATE devices SET last_seen = ? WHERE id = ?");
        _audit = new(_connection, "INSERT INTO audit_logs(at, actor, action, device_id, session, message) VALUES (?, 'poller', 'poll', ?, ?, ?)");
        _commit = new(_connection, "COMMIT");
    }

    /// <summary>Writes until told to stop; the transactions in the order they were due.</summary>
    public List<PacedTransaction> Run(CancellationToken stop)
    {
        var transactions = new List<PacedTransaction>(100_000);
        for (var due = MonotonicClock.Now() + _interval; !stop.IsCancellationRequested; due += _interval)
        {
            MonotonicClock.WaitUntil(due);
            Write(transactions.Count);
            transactions.Add(new(due, MonotonicClock.Now() - due));
        }

        return transactions;
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _begin, _metric, _device, _audit, _commit }) statement.Dispose();
        _connection.Dispose();
    }

    private void Write(int number)
    {
        var device = 1 + _dice.Below(_devices);
        var at = 1_800_000_000 + number;
        _begin.Run();
        for (var i = 0; i < MetricsPerTransaction; i++) _metric.Bind(device).Bind(1 + i).Bind(at).Bind(_dice.Below(10_000) / 128.0).Run();
        _device.Bind(at).Bind(device).Run();
        _audit.Bind(at).Bind(device).Bind(_dice.Hex(16)).Bind("the device was polled and has answered").Run();
        _commit.Run();
    }
}
