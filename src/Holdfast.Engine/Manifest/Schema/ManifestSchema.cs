namespace Holdfast.Engine.Manifest.Schema;

/// <summary>The one definition of <c>holdfast.yaml</c>.</summary>
internal static class ManifestSchema
{
    public const string Example = """
        application: orchard
        root: /srv/orchard

        databases:
          main:
            sqlite: data/orchard.db
            expect_tables: [trees, harvests]
            assertions:
              - select count(*) > 0 from trees
        files:
          config: [orchard.yaml, .env]
          certificates: [certs]
          photos: ["photos/**/*.jpg"]
        exclude: ["*.tmp", cache/]

        repositories:
          local: { path: /var/backups/orchard }
        passphrase: { file: /etc/holdfast/orchard.key }

        version: { file: VERSION }
        service:
          systemd: orchard
          health: http://127.0.0.1:8080/health
        backup:
          quiesce: { pause: [./orchardctl, pause], resume: [./orchardctl, resume] }
        drill: { after_backup: true, budget: 5m }

        x-contact: anyone@example.org
        """;

    public static ObjectElement Root { get; } = new(
        "Describes one application: what of it is saved, where to, and how a copy is proven.",
        [
            new SchemaKey("application", new TextElement(
                "The application's name. It marks the application's snapshots in a repository.", ManifestFormats.Application)
            {
                Examples = ["orchard"],
            })
            {
                IsRequired = true,
            },
            new SchemaKey("root", new TextElement(
                "The folder below which relative paths are. A relative one is seen from the manifest's folder, which is also the default.",
                ManifestFormats.AnyPath)
            {
                Examples = ["/srv/orchard"],
            }),
            new SchemaKey("databases", new MapElement(
                "The databases, each under a name of your choice. They are saved consistently while they are in use.", Database)
            {
                Minimum = 1,
            }),
            new SchemaKey("files", new MapElement("Files and folders in groups, each under a name of your choice.", FileGroup)
            {
                Minimum = 1,
            }),
            new SchemaKey("exclude", Exclude),
            new SchemaKey("repositories", new MapElement(
                "Where backups go, each under a name of your choice. Each backup is written to the first one that answers, and copied from there to the others.", RepositorySchema.Repository)
            {
                Minimum = 1,
            })
            {
                IsRequired = true,
            },
            new SchemaKey("passphrase", Passphrase),
            new SchemaKey("version", ServiceSchema.Version),
            new SchemaKey("service", ServiceSchema.Service),
            new SchemaKey("backup", BackupSchema.Backup),
            new SchemaKey("drill", DrillSchema.Drill),
            new SchemaKey("check", Check),
            new SchemaKey("archives", new MapElement(
                "Folders of plain archives that backups are also written to, each under a name of your choice: for those who want files "
                + "that need no Holdfast.",
                ArchiveSchema.Archive)),
        ])
    {
        NeedsOneOf = ["databases", "files"],
    };

    private static ObjectElement Check => new(
        "How `check` looks at the repository when it is not told otherwise.",
        [
            new SchemaKey("read_within", new TextElement(
                "Each run reads the packs that are due, so that every pack is read and verified within this time; as `--read-data-within`.", ManifestFormats.Period)
            {
                Examples = ["30d"],
            })
            {
                IsRequired = true,
            },
        ])
    {
        Remedy = "write { read_within: 30d }",
    };

    private static ObjectElement Database => new(
        "A database.",
        [
            new SchemaKey("sqlite", new TextElement(
                "The file of a SQLite database. Its -wal, -shm and -journal files belong to it and are not named.",
                ManifestFormats.PathBelowRoot)
            {
                Examples = ["data/orchard.db"],
            }),
            new SchemaKey("postgres", PostgresSchema.Database),
            new SchemaKey("password", PostgresSchema.Password) { Needs = "postgres" },
            new SchemaKey("form", PostgresSchema.Form) { Needs = "postgres" },
            new SchemaKey("max_rate", PostgresSchema.MaxRate) { Needs = "form" },
            new SchemaKey("expect_tables", new ListElement(
                "Tables that must exist in a restored copy, or a drill fails. Those of PostgreSQL outside of the schema `public` are written `schema.table`.", new TextElement("A table.", ManifestFormats.Table))),
            new SchemaKey("assertions", new ListElement(
                "Queries on a restored copy. Each must give a first value that is true (not 0, not null, not nothing), or a drill fails.",
                new TextElement("A query.", ManifestFormats.Sql) { Examples = ["select count(*) > 0 from trees"] })),
        ])
    {
        ExactlyOneOf = ["sqlite", "postgres"],
        Remedy = "write { sqlite: PATH } or { postgres: \"host=/var/run/postgresql dbname=NAME\" }",
    };

    private static ListElement FileGroup => new(
        "Paths and patterns. A folder is taken with all it holds. A pattern (`*`, `?`, `[a-z]`, `**` for any folders) is looked for "
        + "from the root, as a shell does, but also finds names with a leading dot. SQLite files found here are saved as databases are.",
        new TextElement("A path or pattern.", ManifestFormats.FileEntry) { Examples = ["config", "photos/**/*.jpg"] })
    {
        Minimum = 1,
        Remedy = "write a list: [config, .env]",
    };

    private static ListElement Exclude => new(
        "What is left out. A pattern without '/' means this name in any folder; one that starts with '/' is an absolute path; any other is "
        + "seen from the root. One that ends with '/' means folders only. Quote patterns that start with '*'.",
        new TextElement("A pattern.", ManifestFormats.Exclusion) { Examples = ["*.tmp", "cache/", "data/**/*.part"] })
    {
        Remedy = "write a list: [\"*.tmp\"]",
    };

    private static ObjectElement Passphrase => SecretSource(
        "Where the repository's passphrase comes from. The passphrase itself never stands in the manifest. Without this key it comes "
        + "from the environment variable `HOLDFAST_PASSPHRASE` or from the command line's options.");

    /// <summary>Where a passphrase comes from.</summary>
    public static ObjectElement SecretSource(string description) => new(
        description,
        [
            new SchemaKey("env", new TextElement(
                "An environment variable.", ManifestFormats.Variable) { Examples = ["HOLDFAST_PASSPHRASE"] }),
            new SchemaKey("file", new TextElement(
                "A file that holds nothing else; one line break at its end is not part of the passphrase. "
                + "A relative path is below the root, or leaves it with `..`.",
                ManifestFormats.AnyPath)
            {
                Examples = ["/etc/holdfast/orchard.key"],
            }),
            new SchemaKey("command", CommandSchema.Of(
                "A program that prints the passphrase. One line break at the end is not part of the passphrase.", "pass show backup/orchard")),
        ])
    {
        ExactlyOneOf = ["env", "file", "command"],
        Remedy = "a passphrase never stands in the manifest; write { env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT] }",
    };
}
