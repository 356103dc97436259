using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Holdfast.Bench.Databases;

/// <summary>The report of a port scan as JSON: the same keys and phrases again and again, with numbers, times and hashes that never repeat.</summary>
internal sealed class ScanDocument(Dice dice)
{
    /// <summary>Bytes at the end of every document that are a checksum, a quotation mark and a brace.</summary>
    public const int TailLength = 18;

    private static readonly (int Port, string Name, string Banner)[] Services =
    [
        (22, "ssh", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u"), (80, "http", "nginx/1.22."), (443, "https", "nginx/1.22."),
        (161, "snmp", "Cisco IOS Software, C2960X, Version 15.2(7)E"), (631, "ipp", "CUPS/2.4 IPP/2."), (3306, "mysql", "8.0.3"),
        (5432, "postgresql", "PostgreSQL 15."), (8080, "http-proxy", "Jetty(9.4.5"), (9100, "jetdirect", "@PJL INFO ID HP LaserJet M50"),
        (554, "rtsp", "GStreamer RTSP server 1."), (25, "smtp", "220 mail ESMTP Postfix 3.7."), (6379, "redis", "Redis 7.0."),
    ];

    private static readonly string[] Summaries =
    [
        "The certificate expires soon and no renewal is recorded for it.",
        "The service offers a key exchange that is no longer recommended.",
        "The version in the banner is older than the one on the approved list.",
        "Default credentials were refused; the account is locked after the test.",
        "The community string is readable from a network that should not see it.",
        "An open port is not described in the device's baseline.",
        "The clock differs from the reference by more than the policy allows.",
    ];

    private static readonly string[] Severities = ["low", "medium", "high", "critical"];

    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);

    /// <summary>The next document, valid until the one after it is asked for; all of it is ASCII.</summary>
    public ReadOnlySpan<byte> Next(string device, string address, long at)
    {
        _buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_buffer))
        {
            json.WriteStartObject();
            json.WriteString("scan"u8, new Guid(dice.Hex(32)));
            json.WriteString("device"u8, device);
            json.WriteString("address"u8, address);
            json.WriteString("started"u8, Time(at));
            json.WriteNumber("duration_ms"u8, dice.Between(900, 90_000));
            json.WriteString("scanner"u8, $"probe/3.{dice.Below(4)}");
            WritePorts(json, dice.Between(3, 12));
            if (dice.Below(3) > 0) WriteCertificate(json, device, at);
            WriteFindings(json, at, dice.Skewed(7, 60));
            json.WriteString("checksum"u8, dice.Hex(TailLength - 2));
            json.WriteEndObject();
        }

        return _buffer.WrittenSpan;
    }

    private void WritePorts(Utf8JsonWriter json, int count)
    {
        json.WriteStartArray("ports"u8);
        for (var i = 0; i < count; i++)
        {
            var (port, name, banner) = dice.Pick<(int, string, string)>(Services);
            json.WriteStartObject();
            json.WriteNumber("port"u8, port);
            json.WriteString("protocol"u8, "tcp"u8);
            json.WriteString("state"u8, dice.Below(8) == 0 ? "filtered"u8 : "open"u8);
            json.WriteString("service"u8, name);
            json.WriteString("banner"u8, banner + dice.Below(9).ToString(CultureInfo.InvariantCulture));
            json.WriteNumber("rtt_us"u8, dice.Between(180, 9_999));
            json.WriteString("fingerprint"u8, dice.Hex(16));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteCertificate(Utf8JsonWriter json, string device, long at)
    {
        json.WriteStartObject("certificate"u8);
        json.WriteString("subject"u8, $"CN={device}.net.example.org,O=Example Networks,OU=Operations");
        json.WriteString("issuer"u8, "CN=Example Networks Issuing CA 3,O=Example Networks");
        json.WriteString("serial"u8, dice.Hex(32));
        json.WriteString("not_after"u8, Time(at + dice.Below(40_000_000)));
        json.WriteString("sha256"u8, dice.Hex(64));
        json.WriteEndObject();
    }

    private void WriteFindings(Utf8JsonWriter json, long at, int count)
    {
        json.WriteStartArray("findings"u8);
        for (var i = 0; i < count; i++)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, $"CVE-{dice.Between(2016, 2025)}-{dice.Between(1000, 49_999)}");
            json.WriteString("severity"u8, dice.Pick<string>(Severities));
            json.WriteNumber("score"u8, dice.Between(10, 100) / 10.0);
            json.WriteString("summary"u8, dice.Pick<string>(Summaries));
            json.WriteString("first_seen"u8, Time(at - dice.Below(9_000_000)));
            json.WriteString("evidence"u8, dice.Hex(dice.Between(16, 48)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Time(long at) => DateTimeOffset.FromUnixTimeSeconds(at).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
