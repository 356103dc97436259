using Microsoft.Data.Sqlite;

namespace Holdfast.Bench.Databases;

/// <summary>What the application writes, minute by minute.</summary>
internal sealed class SimulatedApplication : IDisposable
{
    private const int Devices = 2000;
    private const long Start = 1_672_531_200; // 2023-01-01T00:00:00Z

    private readonly Dice _dice;
    private readonly SqliteConnection _connection;
    private readonly Statement _metric;
    private readonly Statement _scan;
    private readonly Statement _audit;
    private readonly double[] _values = new double[Devices * AppSchema.MetricKinds.Length];
    private readonly ScanDocument _document;
    private readonly AuditText _text;
    private long _now = Start;
    private int _turn;

    public SimulatedApplication(SqliteConnection connection, Dice dice)
    {
        (_connection, _dice) = (connection, dice);
        _document = new ScanDocument(dice);
        _text = new AuditText(dice);
        _metric = new(connection, "INSERT INTO metrics(device_id, kind_id, ts, value) VALUES (?, ?, ?, ?)");
        _scan = new(connection, "INSERT INTO scans(device_id, started_at, status, document) VALUES (?, ?, ?, ?)");
        _audit = new(connection, "INSERT INTO audit_logs(at, actor, action, device_id, session, message) VALUES (?, ?, ?, ?, ?, ?)");
    }

    /// <summary>The rows that are there from the first day.</summary>
    public void Install()
    {
        using var site = new Statement(_connection, "INSERT INTO sites(name, country) VALUES (?, ?)");
        for (var i = 0; i < AppSchema.Sites.Length; i++) site.Bind(AppSchema.Sites[i]).Bind(AppSchema.Countries[i]).Run();
        using var kind = new Statement(_connection, "INSERT INTO metric_kinds(name, unit) VALUES (?, ?)");
        foreach (var (name, unit, _, _) in AppSchema.MetricKinds) kind.Bind(name).Bind(unit).Run();
        using var device = new Statement(
            _connection,
            "INSERT INTO devices(site_id, name, kind, address, mac, firmware, created_at, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        for (var id = 1; id <= Devices; id++)
        {
            device.Bind(1 + ((id - 1) % AppSchema.Sites.Length)).Bind(DeviceName(id)).Bind(_dice.Pick<string>(AppSchema.DeviceKinds));
            device.Bind(Address(id)).Bind(_dice.Hex(12)).Bind($"{_dice.Between(2, 9)}.{_dice.Below(20)}.{_dice.Below(40)}");
            device.Bind(Start - _dice.Below(100_000_000)).Bind(Start).Run();
        }

        for (var i = 0; i < _values.Length; i++) _values[i] = AppSchema.MetricKinds[i % AppSchema.MetricKinds.Length].Mean;
    }

    /// <summary>Adds rows; says how many.</summary>
    public int LiveOneMinute(int metrics, int scans, int audits)
    {
        for (var i = 0; i < metrics; i++) AddMetric();
        for (var i = 0; i < scans; i++) AddScan();
        for (var i = 0; i < audits; i++) AddAudit();
        _now += 60;
        return metrics + scans + audits;
    }

    public void Dispose()
    {
        _metric.Dispose();
        _scan.Dispose();
        _audit.Dispose();
    }

    // Devices are polled in turn, each for all its metrics.
    private void AddMetric()
    {
        var slot = _turn++ % _values.Length;
        var (device, kind) = Math.DivRem(slot, AppSchema.MetricKinds.Length);
        var (_, _, mean, step) = AppSchema.MetricKinds[kind];
        var value = step > 0
            ? _values[slot] + ((_dice.Fraction() - 0.5) * 2 * step) + ((mean - _values[slot]) * 0.02)
            : kind == 6 ? _dice.Skewed(0.4, 50) : _now - Start + device;
        _values[slot] = Math.Round(Math.Max(0, value), 2);
        _metric.Bind(device + 1).Bind(kind + 1).Bind(_now + (device % 60)).Bind(_values[slot]).Run();
    }

    private void AddScan()
    {
        var device = 1 + _dice.Below(Devices);
        var at = _now + _dice.Below(60);
        var status = _dice.Below(20) == 0 ? "failed" : "done";
        _scan.Bind(device).Bind(at).Bind(status).Bind(_document.Next(DeviceName(device), Address(device), at)).Run();
    }

    private void AddAudit()
    {
        var device = 1 + _dice.Below(Devices);
        var at = _now + _dice.Below(60);
        var (actor, action, message) = _text.Next(DeviceName(device), Address(device), at);
        _audit.Bind(at).Bind(actor).Bind(action).Bind(device).Bind(_dice.Hex(16)).Bind(message).Run();
    }

    private static string DeviceName(int id) => $"{AppSchema.Sites[(id - 1) % AppSchema.Sites.Length]}-{id:D4}";

    private static string Address(int id) => $"10.{(id - 1) % AppSchema.Sites.Length}.{id / 250}.{1 + (id % 250)}";
}
