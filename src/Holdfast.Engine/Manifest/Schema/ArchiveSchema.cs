namespace Holdfast.Engine.Manifest.Schema;

/// <summary>The part of the schema about folders of plain archives.</summary>
internal static class ArchiveSchema
{
    public static ObjectElement Archive => new(
        "A folder of plain archives.",
        [
            new SchemaKey("folder", new TextElement(
                "The folder. A relative path is below the root, or leaves it with `..`. Backups leave it out.", ManifestFormats.AnyPath)
            {
                Examples = ["/var/backups/orchard-files"],
            })
            {
                IsRequired = true,
            },
            new SchemaKey("format", new TextElement(
                "What the files are: `tar.*` holds databases and files, `db` one database, `sql` its dump as text. With `.gpg` they are "
                + "encrypted, and a passphrase is needed.",
                ManifestFormats.Archive)
            {
                Examples = ["tar.zst", "db.gpg"],
            })
            {
                IsRequired = true,
            },
            new SchemaKey("prefix", new TextElement(
                "What the files' names begin with. Default: the application's name.", ManifestFormats.FilePrefix) { Examples = ["orchard"] }),
            new SchemaKey("database", new TextElement(
                "Which database, for formats that hold one. Needed when the manifest has several.", ManifestFormats.Name) { Examples = ["main"] }),
            new SchemaKey("passphrase", ManifestSchema.SecretSource(
                "Where the passphrase of `.gpg` comes from; only for these formats. It never stands in the manifest.")),
            new SchemaKey("keep_last", new TextElement("How many of the newest are kept. Default: all.", ManifestFormats.Count)
            {
                Examples = ["7"],
            }),
            new SchemaKey("keep_days", new TextElement("How many days each is kept at least.", ManifestFormats.Count) { Examples = ["30"] }),
        ])
    {
        Remedy = "write { folder: FOLDER, format: tar.zst }",
    };
}
