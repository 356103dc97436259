using System.Globalization;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases;

/// <summary>Where a PostgreSQL database is and who connects to it, as somebody wrote it down. Holds no secret.</summary>
public sealed record PostgresAddress
{
    /// <summary>What may be said, under libpq's names (PostgreSQL's documentation, 34.1.2).</summary>
    public static IReadOnlyList<string> Keywords { get; } =
    [
        "host", "port", "dbname", "user", "service", "passfile", "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "application_name",
        "target_session_attrs",
    ];

    private static readonly string[] _modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

    private PostgresAddress(IReadOnlyDictionary<string, string> settings) => Settings = settings;

    /// <summary>Under libpq's names. What is missing is libpq's default, or stands in the service file.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>Where the password comes from; null leaves it to <c>PGPASSWORD</c> and the password file, as libpq does.</summary>
    public PassphraseSource? Password { get; init; }

    /// <summary>Absolute; null for <c>PGSERVICEFILE</c> or <c>~/.pg_service.conf</c>, then <c>/etc/postgresql-common/pg_service.conf</c>.</summary>
    public string? ServiceFile { get; init; }

    /// <summary>The database's name; null when the service file or the user's name gives it.</summary>
    public string? Database => Settings.GetValueOrDefault("dbname");

    /// <exception cref="HoldfastException">Usage: it cannot be read, holds a password, or says something that is not known.</exception>
    public static PostgresAddress Parse(string text) => Of(PostgresConninfo.Parse(text));

    /// <param name="settings">Under libpq's names.</param>
    /// <exception cref="HoldfastException">Usage: it holds a password, or says something that is not known.</exception>
    public static PostgresAddress Of(IReadOnlyDictionary<string, string> settings)
    {
        if (settings.ContainsKey("password"))
            throw Wrong("it holds a password, which never stands there", "write password: { file: PATH } beside it, or use a password file (~/.pgpass)");
        foreach (var name in settings.Keys.Where(name => !Keywords.Contains(name)))
            throw Wrong($"{Quoted.Text(name)} is not known", $"known are {string.Join(", ", Keywords)}");
        if (settings.TryGetValue("port", out var port) && !(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536))
            throw Wrong($"the port {Quoted.Text(port)} is none", "a port is a number from 1 to 65535");
        if (settings.TryGetValue("connect_timeout", out var timeout) && !int.TryParse(timeout, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            throw Wrong($"the connect_timeout {Quoted.Text(timeout)} is none", "write a whole number of seconds");
        if (settings.TryGetValue("sslmode", out var mode) && !_modes.Contains(mode))
            throw Wrong($"the sslmode {Quoted.Text(mode)} is none", $"known are {string.Join(", ", _modes)}");
        if (settings.TryGetValue("host", out var host) && host.Contains(',', StringComparison.Ordinal))
            throw Wrong("it names several servers", "name the one that is to be saved");
        return new PostgresAddress(settings);
    }

    /// <summary>What it leads to, for messages.</summary>
    public string Display =>
        (Database is { } database ? Quoted.Escape(database, longest: 63) : "the default database")
        + (Settings.GetValueOrDefault("host") is { } host ? " on " + Quoted.Escape(host, longest: 100) : string.Empty)
        + (Settings.GetValueOrDefault("port") is { } port ? ":" + port : string.Empty)
        + (Settings.GetValueOrDefault("service") is { } service ? " of the service " + Quoted.Escape(service, longest: 63) : string.Empty);

    /// <summary>The address in the first form of a connection string.</summary>
    public string Text => string.Join(' ', Settings.Select(setting => $"{setting.Key}={Quote(setting.Value)}"));

    public bool Equals(PostgresAddress? other) =>
        other is not null && Text == other.Text && Equals(Password, other.Password) && ServiceFile == other.ServiceFile;

    public override int GetHashCode() => HashCode.Combine(Text, ServiceFile);

    private static string Quote(string value) => value.Length > 0 && value.All(letter => char.IsLetterOrDigit(letter) || letter is '/' or '.' or '-' or '_' or ':')
        ? value
        : "'" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";

    private static HoldfastException Wrong(string why, string hint) => new(FailureKind.Usage, $"the connection settings cannot be used: {why}", hint);
}
