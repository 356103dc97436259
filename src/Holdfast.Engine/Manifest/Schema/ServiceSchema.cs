namespace Holdfast.Engine.Manifest.Schema;

/// <summary>The parts of the schema about the running application.</summary>
internal static class ServiceSchema
{
    public static EitherElement Version => new(
        "The application's version, which every snapshot records.",
        new ObjectElement(
            "Where the version is to be had.",
            [
                new SchemaKey("command", CommandSchema.Of("A program that prints the version; its first line counts.", "./orchard --version")),
                new SchemaKey("file", new TextElement("A file whose first line is the version.", ManifestFormats.PathBelowRoot)
                {
                    Examples = ["VERSION"],
                }),
            ])
        {
            ExactlyOneOf = ["command", "file"],
        },
        new TextElement("The version itself.", ManifestFormats.Line) { Examples = ["1.4.2"] })
    {
        Remedy = "write { command: [PROGRAM, --version] }, { file: PATH } or the version as text",
    };

    public static ObjectElement Service => new(
        "How the application is stopped and started, and asked whether it works. Programs run in the root.",
        [
            new SchemaKey("systemd", new TextElement("The application's unit of systemd.", ManifestFormats.Unit) { Examples = ["orchard"] }),
            new SchemaKey("start", CommandSchema.Of("A program that starts the application, and ends when it is started.", "./orchardctl start"))
            {
                Needs = "stop",
            },
            new SchemaKey("stop", CommandSchema.Of("A program that stops the application, and ends when it has stopped.", "./orchardctl stop"))
            {
                Needs = "start",
            },
            new SchemaKey("status", CommandSchema.Of(
                "A program that ends with exit code 0 while the application runs, and with another one when it does not.", "./orchardctl status"))
            {
                Needs = "start",
            },
            new SchemaKey("process", Process),
            CommandSchema.Duration("timeout", "How long a stop or a start may take.", ServiceDeclaration.DefaultTimeout),
            new SchemaKey("health", Health),
        ])
    {
        ExactlyOneOf = ["systemd", "start", "process"],
        Remedy = "write { systemd: UNIT }, { start: [PROGRAM], stop: [PROGRAM] } or { process: { pid_file: PATH } }",
    };

    private static ObjectElement Process => new(
        "A process that ends when it gets a signal.",
        [
            new SchemaKey("pid_file", new TextElement("The file that holds the process's number.", ManifestFormats.PathBelowRoot)
            {
                Examples = ["run/orchard.pid"],
            })
            {
                IsRequired = true,
            },
            new SchemaKey("signal", new TextElement($"The signal that ends it. Default: {SignalName.Default}.", ManifestFormats.Signal)
            {
                Examples = [SignalName.Default],
            }),
            new SchemaKey("start", CommandSchema.Of(
                "A program that starts it again. Not needed where something else does, such as a supervisor.", "./orchard --daemon")),
        ])
    {
        Remedy = "write { pid_file: PATH }",
    };

    private static EitherElement Health => new(
        "What tells that the application works. As text it is a URL.",
        new ObjectElement(
            "What tells that the application works.",
            [
                new SchemaKey("url", new TextElement("Asked with GET; any status from 200 to 299 is good.", ManifestFormats.Url)
                {
                    Examples = ["http://127.0.0.1:8080/health"],
                }),
                new SchemaKey("command", CommandSchema.Of("A program that ends with exit code 0 when the application works.", "./orchardctl health")),
                CommandSchema.Duration("timeout", "How long the application may take until it is healthy.", HealthDeclaration.DefaultTimeout),
                CommandSchema.Duration("interval", "The time between two questions.", HealthDeclaration.DefaultInterval),
                new SchemaKey("successes", new TextElement(
                    "How many good answers in a row make the application healthy. Default: 1.", ManifestFormats.Count) { Examples = ["1"] }),
            ])
        {
            ExactlyOneOf = ["url", "command"],
        },
        new TextElement("A URL.", ManifestFormats.Url) { Examples = ["http://127.0.0.1:8080/health"] })
    {
        Remedy = "write a URL, or { command: [PROGRAM, ARGUMENT] }",
    };
}
