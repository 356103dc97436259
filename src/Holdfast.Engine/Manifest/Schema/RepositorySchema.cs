using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest.Schema;

/// <summary>The definition of a repository's entry.</summary>
internal static class RepositorySchema
{
    /// <summary>The keys of which each names one kind of storage; all but the first are what restic writes before an address.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["path", "s3", "rest", "sftp"];

    public static ObjectElement Repository => new(
        "A repository in the restic format.",
        [
            new SchemaKey("path", new TextElement(
                "A folder on this machine or on one mounted here. A relative path is below the root, or leaves it with `..`.",
                ManifestFormats.AnyPath)
            {
                Examples = ["/var/backups/orchard"],
            }),
            new SchemaKey("s3", new TextElement(
                "A bucket of an S3 service, with a folder in it: what restic writes after `s3:`.", Address("s3"))
            {
                Examples = ["https://s3.example.org/bucket/orchard"],
            }),
            new SchemaKey("rest", new TextElement(
                "A server of restic's REST protocol, such as rest-server or `rclone serve restic`: what restic writes after `rest:`.", Address("rest"))
            {
                Examples = ["https://backup.example.org:8000/orchard/"],
            }),
            new SchemaKey("sftp", new TextElement(
                "A folder of another machine, reached through the system's ssh: what restic writes after `sftp:`.", Address("sftp"))
            {
                Examples = ["backup@nas.example.org:/srv/backups/orchard"],
            }),
            new SchemaKey("key_id", ManifestSchema.SecretSource(
                "Only for `s3`: where the name of the access key comes from. Default: `AWS_ACCESS_KEY_ID`, or the profile `AWS_PROFILE`.")),
            new SchemaKey("secret", ManifestSchema.SecretSource(
                "Only for `s3`: where the secret access key comes from. Default: `AWS_SECRET_ACCESS_KEY`, or the profile `AWS_PROFILE`.")),
            new SchemaKey("session_token", ManifestSchema.SecretSource(
                "Only for `s3`: where the token comes from that goes with temporary keys. Default: `AWS_SESSION_TOKEN`, where the keys come from the environment."))
            {
                Needs = "s3",
            },
            new SchemaKey("region", new TextElement("Only for `s3`: the region. Default: `AWS_DEFAULT_REGION`, or the one in the service's name.", ManifestFormats.Word)
            {
                Examples = ["eu-central-1"],
            }),
            new SchemaKey("user", new TextElement("Only for `rest`: the user's name. Default: `RESTIC_REST_USERNAME`.", ManifestFormats.Line) { Examples = ["orchard"] }),
            new SchemaKey("password", ManifestSchema.SecretSource("Only for `rest`: where the user's password comes from. Default: `RESTIC_REST_PASSWORD`.")),
            new SchemaKey("passphrase", ManifestSchema.SecretSource(
                "Where the passphrase of this repository comes from, when it has one of its own. It comes before `HOLDFAST_PASSPHRASE`. Default: that of all repositories.")),
            new SchemaKey("keep", KeepSchema.Keep with
            {
                Description = "Which backups `holdfast forget` keeps in this repository. Default: what `backup.keep` says of all repositories.",
            }),
            Certificates,
            new SchemaKey("connections", new TextElement(
                "How many requests are made at the same time, for a repository that is not a folder. Default: 5. Each upload on its way takes 17 MiB of memory.", ManifestFormats.Count)
            {
                Examples = ["10"],
            }),
            new SchemaKey("style", new TextElement(
                "Only for `s3`: whether the bucket's name stands in the path of an address or in the host's name. Default: as the service is known to want it.",
                ManifestFormats.Choice($"one of {string.Join(", ", StorageText.StyleWords)}", StorageText.StyleWords, "string"))
            {
                Examples = ["path"],
            })
            {
                Needs = "s3",
            },
            new SchemaKey("storage_class", new TextElement(
                "Only for `s3`: the class in which is stored what is written from now on. `GLACIER` and `DEEP_ARCHIVE` are given to packs only; reading them must be ordered beforehand.",
                ManifestFormats.StorageClass)
            {
                Examples = ["STANDARD_IA"],
            })
            {
                Needs = "s3",
            },
            new SchemaKey("object_lock", ObjectLock) { Needs = "s3" },
        ])
    {
        ExactlyOneOf = Kinds,
        Remedy = "write { path: FOLDER }, { s3: https://HOST/BUCKET }, { rest: https://HOST/ } or { sftp: USER@HOST:/PATH }",
    };

    private static SchemaKey Certificates => new("ca", new TextElement(
        "Only for `s3` and `rest`: a file with the certificates to trust instead of the system's, in PEM format. Default: `AWS_CA_BUNDLE` or `RESTIC_CACERT`.",
        ManifestFormats.AnyPath)
    {
        Examples = ["/etc/holdfast/storage.pem"],
    })
    {
        NeedsOneOf = ["s3", "rest"],
        Remedy = "remove it: ssh knows its hosts by `known_hosts`, and a folder needs no certificate",
    };

    private static ObjectElement ObjectLock => new(
        "Only for `s3`, in a bucket with object lock: how long what is written cannot be removed, by nobody who has the keys. Locks of the repository are left out.",
        [
            new SchemaKey("mode", new TextElement(
                "`compliance`: nobody can remove it earlier. `governance`: who has a special permission can.",
                ManifestFormats.Choice($"one of {string.Join(", ", StorageText.ModeWords)}", StorageText.ModeWords, "string"))
            {
                Examples = ["compliance"],
            })
            {
                IsRequired = true,
            },
            new SchemaKey("days", new TextElement("How many days from the day on which an object is written.", ManifestFormats.Days) { Examples = ["90"] }) { IsRequired = true },
        ])
    {
        Remedy = "write { mode: compliance, days: 90 }",
    };

    private static TextFormat Address(string kind) => new($"what restic writes after {kind}:", null, text => Problem(kind, text)) { MayHoldSecret = kind is "rest" or "s3" };

    private static string? Problem(string kind, string text)
    {
        try
        {
            return RepositoryLocation.Parse($"{kind}:{text}") is RestLocation { Password: not null }
                ? "holds a password, which never stands in a manifest: write password: { file: PATH } beside it"
                : null;
        }
        catch (HoldfastException error)
        {
            return $"is no such address: {error.Message}";
        }
    }
}
