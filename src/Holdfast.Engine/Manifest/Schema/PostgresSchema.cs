using Holdfast.Engine.Databases;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest.Schema;

/// <summary>The part of the schema about databases of PostgreSQL.</summary>
internal static class PostgresSchema
{
    /// <summary>The keys of the mapping that are settings of libpq, with the names that these have there.</summary>
    public static IReadOnlyDictionary<string, string> Keywords { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["host"] = "host",
        ["port"] = "port",
        ["database"] = "dbname",
        ["user"] = "user",
        ["service"] = "service",
        ["passfile"] = "passfile",
        ["sslmode"] = "sslmode",
        ["sslrootcert"] = "sslrootcert",
        ["sslcert"] = "sslcert",
        ["sslkey"] = "sslkey",
    };

    /// <summary>Those of them that are files.</summary>
    public static IReadOnlyList<string> Paths { get; } = ["passfile", "sslrootcert", "sslcert", "sslkey"];

    public static EitherElement Database => new(
        "A PostgreSQL database: how to connect to it. It is saved by the server's own `pg_dump`, from one exported snapshot.",
        new ObjectElement(
            "How to connect. What is left out is as libpq has it.",
            [
                new SchemaKey("host", new TextElement("The server's name or address, or the folder of its socket. Default: `/var/run/postgresql`.", ManifestFormats.Line)
                {
                    Examples = ["/var/run/postgresql", "db.example.org"],
                }),
                new SchemaKey("port", new TextElement("Default: 5432.", ManifestFormats.Port) { Examples = ["5432"] }),
                new SchemaKey("database", new TextElement("The database. Default: the role's name.", ManifestFormats.Line) { Examples = ["orchard"] }),
                new SchemaKey("user", new TextElement(
                    "The role. It must be able to read everything, as the owner and members of `pg_read_all_data` are. Default: the user who runs Holdfast.",
                    ManifestFormats.Line)
                {
                    Examples = ["orchard"],
                }),
                new SchemaKey("service", new TextElement("A service of libpq: a section of the service file, which gives what is not given here.", ManifestFormats.Line)
                {
                    Examples = ["orchard"],
                }),
                new SchemaKey("service_file", File("The service file. Default: `PGSERVICEFILE`, `~/.pg_service.conf`, then `/etc/postgresql-common/pg_service.conf`.", "config/pg_service.conf")),
                new SchemaKey("passfile", File("A password file of libpq. Default: `PGPASSFILE`, else `~/.pgpass`.", "/etc/holdfast/pgpass")),
                new SchemaKey("sslmode", new TextElement("How the connection is encrypted. Default: prefer.", ManifestFormats.SslMode) { Examples = ["verify-full"] }),
                new SchemaKey("sslrootcert", File("The certificates that the server's own must come from.", "certs/root.crt")),
                new SchemaKey("sslcert", File("The certificate to show to the server.", "certs/client.crt")),
                new SchemaKey("sslkey", File("Its key.", "certs/client.key")),
            ]),
        new TextElement("A connection string of libpq, in either form.", Conninfo)
        {
            Examples = ["host=/var/run/postgresql dbname=orchard", "postgresql://orchard@db.example.org/orchard?sslmode=verify-full"],
        })
    {
        Remedy = "write \"host=/var/run/postgresql dbname=NAME\" or { host: HOST, database: NAME, user: ROLE }",
    };

    public static TextElement Form => new(
        "Only for `postgres`: `logical` saves a dump of the database, `physical` the files of the whole cluster that it is in, page by page. Default: logical.",
        ManifestFormats.ServedForm)
    {
        Examples = ["physical"],
    };

    public static TextElement MaxRate => new(
        "Only for `form: physical`: how many bytes a second the backup may take of the server, such as `20M`; at least 32K, at most 1G. Default: all it can send.",
        ManifestFormats.Rate)
    {
        Examples = ["20M"],
    };

    public static ObjectElement Password => ManifestSchema.SecretSource(
        "Only for `postgres`: where the role's password comes from. Default: `PGPASSWORD`, else the password file. It reaches `pg_dump` through its environment.");

    private static TextFormat Conninfo { get; } = new("a connection string of libpq without a password", null, ConninfoProblem) { MayHoldSecret = true };

    private static TextElement File(string description, string example) => new(description, ManifestFormats.AnyPath) { Examples = [example] };

    private static string? ConninfoProblem(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return "is empty";
        try
        {
            _ = PostgresAddress.Parse(text);
            return null;
        }
        catch (HoldfastException error)
        {
            return $"does not fit here: {error.Message}" + (error.Hint is { } hint ? $"; {hint}" : string.Empty);
        }
    }
}
