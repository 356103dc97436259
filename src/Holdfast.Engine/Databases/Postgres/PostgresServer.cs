using System.Globalization;
using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;
using Npgsql;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>
/// A server and a role on it, with everything that is needed to connect: service file read, password fetched. Programs of PostgreSQL get it through
/// their environment, never by arguments, which every user can read.
/// </summary>
public sealed class PostgresServer
{
    /// <summary>Where Debian's and PostgreSQL's own packages put the socket.</summary>
    private const string SocketFolder = "/var/run/postgresql";

    /// <summary>Seconds; what connections for SQL have, too.</summary>
    private const string ConnectTime = "15";

    private static readonly FilePath _systemServices = FilePath.From("/etc/postgresql-common/pg_service.conf");

    private static readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal)
    {
        ["passfile"] = "PGPASSFILE",
        ["sslmode"] = "PGSSLMODE",
        ["sslrootcert"] = "PGSSLROOTCERT",
        ["sslcert"] = "PGSSLCERT",
        ["sslkey"] = "PGSSLKEY",
        ["connect_timeout"] = "PGCONNECT_TIMEOUT",
        ["target_session_attrs"] = "PGTARGETSESSIONATTRS",
    };

    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly string? _password;

    private PostgresServer(IReadOnlyDictionary<string, string> settings, string? password, string database) =>
        (_settings, _password, Database) = (settings, password, database);

    /// <summary>A name or address, or the absolute folder of a socket.</summary>
    public string Host => _settings.GetValueOrDefault("host") ?? SocketFolder;

    public int Port => _settings.TryGetValue("port", out var port) ? int.Parse(port, NumberStyles.None, CultureInfo.InvariantCulture) : NpgsqlConnection.DefaultPort;

    public string User => _settings.GetValueOrDefault("user") ?? Environment.UserName;

    /// <summary>Which database is meant.</summary>
    public string Database { get; }

    /// <summary>The database and where it is, for messages.</summary>
    public string Display => string.Create(
        CultureInfo.InvariantCulture, $"the database {Quoted.Text(Database)} of {ServerDisplay}");

    /// <summary>The server, for messages.</summary>
    public string ServerDisplay => string.Create(CultureInfo.InvariantCulture, $"the PostgreSQL server at {Quoted.Escape(Host, longest: 200)}, port {Port}");

    /// <summary>Completes an address.</summary>
    /// <exception cref="HoldfastException">NotFound: no such service. Usage: the service says something that is not known, or the password is not to be had.</exception>
    public static async Task<PostgresServer> ResolveAsync(PostgresAddress address, TimeProvider clock, CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string>(address.Settings, StringComparer.Ordinal);
        string? password = null;
        if (settings.Remove("service", out var service))
        {
            var found = new Dictionary<string, string>(PostgresServiceFile.Read(service, ServiceFiles(address)), StringComparer.Ordinal);
            found.Remove("password", out password);
            foreach (var (name, value) in PostgresAddress.Of(found).Settings) settings.TryAdd(name, value);
        }

        if (address.Password is { } source)
        {
            var reading = await SystemSecrets.Reader(PassphrasePurpose.Database, clock).ReadAsync(source, cancellationToken).ConfigureAwait(false);
            using var secret = reading.Passphrase;
            password = Encoding.UTF8.GetString(secret.Bytes);
        }

        var user = settings.GetValueOrDefault("user") ?? Environment.UserName;
        return new PostgresServer(settings, password, settings.GetValueOrDefault("dbname") ?? user);
    }

    /// <summary>A server that wants no password. One that asks all the same does not get that of somebody else, which variables or files may hold.</summary>
    internal static PostgresServer Trusting(string socketFolder, int port, string user)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = socketFolder,
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            ["user"] = user,
            ["passfile"] = "/dev/null",
        };
        return new PostgresServer(settings, password: "none", "postgres");
    }

    /// <summary>The same server and role, with another database.</summary>
    public PostgresServer With(string database) => new(_settings, _password, database);

    /// <summary>No connections are kept for others: what is saved or replaced must not be held by anybody.</summary>
    internal string ConnectionString
    {
        get
        {
            var builder = new NpgsqlConnectionStringBuilder
            {
                Host = Host,
                Port = Port,
                Username = User,
                Database = Database,
                Password = _password,
                Passfile = _settings.GetValueOrDefault("passfile"),
                SslMode = Mode(_settings.GetValueOrDefault("sslmode")),
                RootCertificate = _settings.GetValueOrDefault("sslrootcert"),
                SslCertificate = _settings.GetValueOrDefault("sslcert"),
                SslKey = _settings.GetValueOrDefault("sslkey"),
                ApplicationName = ApplicationName,
                Pooling = false,
                Enlist = false,
                CommandTimeout = 0,
                PersistSecurityInfo = false,
            };
            if (_settings.TryGetValue("connect_timeout", out var timeout)) builder.Timeout = int.Parse(timeout, NumberStyles.None, CultureInfo.InvariantCulture);
            if (_settings.TryGetValue("target_session_attrs", out var wanted)) builder.TargetSessionAttributes = wanted;
            return builder.ConnectionString;
        }
    }

    /// <summary>
    /// What makes libpq connect to this database and no other, whatever the variables of this process say (PostgreSQL's documentation, 34.15).
    /// Of those only the password and the password file are left to it, and only when nothing else gives them.
    /// </summary>
    internal IReadOnlyDictionary<string, string?> ClientVariables
    {
        get
        {
            var variables = Removed();
            variables["PGHOST"] = Host;
            variables["PGPORT"] = Port.ToString(CultureInfo.InvariantCulture);
            variables["PGUSER"] = User;
            variables["PGDATABASE"] = Database;
            variables["PGAPPNAME"] = ApplicationName;
            // Messages are read by this program.
            variables["LC_ALL"] = "C.UTF-8";
            foreach (var (name, variable) in _variables)
            {
                if (_settings.TryGetValue(name, out var value)) variables[variable] = value;
            }

            if (_password is not null) variables["PGPASSWORD"] = _password;
            return variables;
        }
    }

    /// <summary>What libpq is told for a connection of the replication protocol, which is to the server and to none of its databases.</summary>
    internal IReadOnlyDictionary<string, string> ReplicationSettings
    {
        get
        {
            var settings = _settings.Where(setting => _variables.ContainsKey(setting.Key)).ToDictionary(StringComparer.Ordinal);
            settings["host"] = Host;
            settings["port"] = Port.ToString(CultureInfo.InvariantCulture);
            settings["user"] = User;
            // What stands for it in password files.
            settings["dbname"] = "replication";
            settings["replication"] = "true";
            settings["application_name"] = ApplicationName;
            settings["client_encoding"] = "UTF8";
            settings.TryAdd("connect_timeout", ConnectTime);
            if (_password is not null) settings["password"] = _password;
            return settings;
        }
    }

    private string ApplicationName => _settings.GetValueOrDefault("application_name") ?? "holdfast";

    private static Dictionary<string, string?> Removed() => Environment.GetEnvironmentVariables().Keys.Cast<string>()
        .Where(name => name.StartsWith("PG", StringComparison.Ordinal) && name is not ("PGPASSWORD" or "PGPASSFILE"))
        .Union(SecretVariables.Removed().Keys, StringComparer.Ordinal)
        .ToDictionary(name => name, _ => (string?)null, StringComparer.Ordinal);

    private static IReadOnlyList<FilePath> ServiceFiles(PostgresAddress address)
    {
        if (address.ServiceFile is { } given) return [FilePath.From(given)];
        var own = Environment.GetEnvironmentVariable("PGSERVICEFILE")
            ?? (Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? home + "/.pg_service.conf" : null);
        return own is null ? [_systemServices] : [FilePath.From(own), _systemServices];
    }

    private static SslMode Mode(string? mode) => mode switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => SslMode.Prefer,
    };
}
