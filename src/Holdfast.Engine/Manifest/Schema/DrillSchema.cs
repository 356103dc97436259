namespace Holdfast.Engine.Manifest.Schema;

/// <summary>The part of the schema about proving backups.</summary>
internal static class DrillSchema
{
    private const string Placeholders = "`{root}` stands for the restored root and `{port}` for a free port.";

    public static ObjectElement Drill => new(
        "When and how backups are proven.",
        [
            new SchemaKey("after_backup", new TextElement(
                "Whether a backup is proven right after it is made, as long as that is expected to fit the budget. Default: false.",
                ManifestFormats.Truth)
            {
                Examples = ["true"],
            }),
            CommandSchema.Duration("budget", "How long a drill right after a backup may take.", DrillDeclaration.DefaultBudget),
            new SchemaKey("boot", Boot),
        ])
    {
        Remedy = "write { after_backup: true }",
    };

    private static ObjectElement Boot => new(
        $"How the application itself is started on a restored copy, for `drill --boot`. {Placeholders}",
        [
            new SchemaKey("command", CommandSchema.Of(
                $"The application's own program. {Placeholders}", "./orchard --root {root} --port {port}"))
            {
                IsRequired = true,
            },
            new SchemaKey("environment", new MapElement(
                "Environment variables to set for it.",
                new TextElement($"The value of a variable. {Placeholders}", ManifestFormats.Anything) { Examples = ["{port}"] })
            {
                Names = ManifestFormats.Variable,
            }),
            new SchemaKey("health", Health)
            {
                IsRequired = true,
            },
        ])
    {
        Remedy = "write { command: [PROGRAM, ARGUMENT], health: http://127.0.0.1:{port}/ }",
    };

    private static EitherElement Health => new(
        "What tells that the started copy works. As text it is a URL.",
        new ObjectElement(
            "What tells that the started copy works.",
            [
                new SchemaKey("url", new TextElement(
                    "Asked with GET; any status from 200 to 299 is good.", ManifestFormats.UrlWithPlaceholders)
                {
                    Examples = ["http://127.0.0.1:{port}/health"],
                }),
                new SchemaKey("command", CommandSchema.Of(
                    $"A program that ends with exit code 0 when the copy works. {Placeholders}", "./orchardctl --port {port} health")),
                CommandSchema.Duration("timeout", "How long the copy may take until it is healthy.", HealthDeclaration.DefaultTimeout),
            ])
        {
            ExactlyOneOf = ["url", "command"],
        },
        new TextElement("A URL.", ManifestFormats.UrlWithPlaceholders) { Examples = ["http://127.0.0.1:{port}/health"] })
    {
        Remedy = "write a URL, or { command: [PROGRAM, ARGUMENT] }",
    };
}
