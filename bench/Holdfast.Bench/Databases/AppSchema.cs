namespace Holdfast.Bench.Databases;

/// <summary>The tables of a network inventory: few devices, many measurements, scans as JSON, an audit trail as text.</summary>
internal static class AppSchema
{
    public const int PageSize = 4096;

    public const string Sql = """
        CREATE TABLE sites(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, country TEXT NOT NULL);
        CREATE TABLE devices(
            id INTEGER PRIMARY KEY, site_id INTEGER NOT NULL REFERENCES sites(id), name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
            address TEXT NOT NULL, mac TEXT NOT NULL, firmware TEXT NOT NULL, created_at INTEGER NOT NULL, last_seen INTEGER NOT NULL);
        CREATE INDEX devices_site ON devices(site_id);
        CREATE TABLE metric_kinds(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, unit TEXT NOT NULL);
        CREATE TABLE metrics(
            id INTEGER PRIMARY KEY, device_id INTEGER NOT NULL REFERENCES devices(id),
            kind_id INTEGER NOT NULL REFERENCES metric_kinds(id), ts INTEGER NOT NULL, value REAL NOT NULL);
        CREATE INDEX metrics_device_ts ON metrics(device_id, ts);
        CREATE TABLE scans(
            id INTEGER PRIMARY KEY, device_id INTEGER NOT NULL REFERENCES devices(id), started_at INTEGER NOT NULL,
            status TEXT NOT NULL, document TEXT NOT NULL);
        CREATE INDEX scans_device ON scans(device_id, started_at);
        CREATE TABLE audit_logs(
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
            device_id INTEGER REFERENCES devices(id), session TEXT NOT NULL, message TEXT NOT NULL);
        CREATE INDEX audit_logs_at ON audit_logs(at);
        """;

    public static readonly string[] Sites =
        ["amsterdam", "athens", "berlin", "bologna", "bristol", "dublin", "ghent", "graz", "lisbon", "lyon", "malmo", "porto", "riga", "turin", "vienna", "zagreb"];

    public static readonly string[] Countries =
        ["NL", "GR", "DE", "IT", "GB", "IE", "BE", "AT", "PT", "FR", "SE", "PT", "LV", "IT", "AT", "HR"];

    public static readonly string[] DeviceKinds = ["switch", "router", "firewall", "printer", "camera", "server", "access-point", "ups"];

    public static readonly (string Name, string Unit, double Mean, double Step)[] MetricKinds =
    [
        ("cpu_load", "%", 22, 3), ("memory_used", "MiB", 3100, 12), ("temperature", "C", 41, 0.3), ("rtt", "ms", 3.2, 0.4),
        ("rx_rate", "kB/s", 840, 60), ("tx_rate", "kB/s", 410, 40), ("errors", "1/min", 0, 0), ("uptime", "s", 0, 0),
    ];
}
