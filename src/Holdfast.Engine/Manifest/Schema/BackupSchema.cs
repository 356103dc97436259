namespace Holdfast.Engine.Manifest.Schema;

/// <summary>The part of the schema about what happens around a backup.</summary>
internal static class BackupSchema
{
    public static ObjectElement Backup => new(
        "What happens around a backup. Programs run in the root, without Holdfast's secrets in their environment.",
        [
            new SchemaKey("before", CommandSchema.Several(
                "Programs run before a backup, one after the other. One that fails stops the backup.", "./orchardctl flush")),
            new SchemaKey("after", CommandSchema.Several(
                "Programs run after a backup, whether it failed or not. `HOLDFAST_OUTCOME` tells them `done`, `partial` or `failed`, and "
                + "`HOLDFAST_SNAPSHOT` the ID of the snapshot, empty when there is none. One that fails makes the exit code 3.",
                "./orchardctl notify")),
            new SchemaKey("quiesce", Quiesce),
            CommandSchema.Duration("timeout", "How long each of these programs may take.", BackupDeclaration.DefaultTimeout),
            new SchemaKey("suspicious_drop", new TextElement(
                "A backup whose bytes or rows fell by more than this share since the last proven one is suspicious. Default: 0.5.",
                ManifestFormats.Share)
            {
                Examples = ["0.5", "50%"],
            }),
            new SchemaKey("keep", KeepSchema.Keep),
        ])
    {
        Remedy = "write { before: [[PROGRAM, ARGUMENT]] }",
    };

    private static ObjectElement Quiesce => new(
        "Makes the application pause its writes while databases are pinned and files are read, so that all parts are of one moment.",
        [
            new SchemaKey("pause", CommandSchema.Of("A program that makes the application pause its writes.", "./orchardctl pause"))
            {
                IsRequired = true,
            },
            new SchemaKey("resume", CommandSchema.Of(
                "A program that lets the application write again. It is always run once `pause` was begun, also when that failed.",
                "./orchardctl resume"))
            {
                IsRequired = true,
            },
        ])
    {
        Remedy = "write { pause: [PROGRAM], resume: [PROGRAM] }",
    };
}
