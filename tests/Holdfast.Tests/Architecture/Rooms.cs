namespace Holdfast.Tests.Architecture;

/// <summary>
/// The rooms of a project and what each may refer to. A room is a namespace below the project's; deeper namespaces belong to the
/// nearest room listed. To add a room, add a line: the test fails for a room without one.
/// </summary>
public sealed class Rooms(string project, IReadOnlyDictionary<string, string[]> allowed)
{
    private static readonly string[] FormatGround = ["Failures", "Format"];
    private static readonly string[] Bytes = [.. FormatGround, "Crypto", "Compression", "Chunking", "Backends"];
    private static readonly string[] Documents = [.. Bytes, "Buffers", "Packs", "Indexes", "Trees", "Keys"];
    private static readonly string[] EngineGround = ["Files", "Processes", "Secrets", "Progress", "Repositories"];
    private static readonly string[] Application = [.. EngineGround, "Manifest", "Databases", "Databases.Sqlite", "Databases.Postgres"];
    private static readonly string[] Archive = [.. Application, "Tar", "Scratch", "RestorePoints", "Archives"];
    private static readonly string[] Restore = [.. Application, "RestorePoints", "Restores"];

    /// <summary>
    /// The format: bytes, then documents made of them, then the open repository (the root namespace), then what works on one.
    /// </summary>
    public static Rooms OfRestic { get; } = new("Holdfast.Restic", new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Failures"] = [],
        ["Streams"] = [],
        ["Buffers"] = [],
        ["Format"] = ["Failures"],
        ["Crypto"] = FormatGround,
        ["Compression"] = [.. FormatGround, "Streams"],
        ["Chunking"] = FormatGround,
        ["Backends"] = FormatGround,
        ["Backends.Local"] = [.. FormatGround, "Backends"],
        ["Backends.Layers"] = [.. FormatGround, "Backends"],
        ["Backends.Rest"] = [.. FormatGround, "Backends"],
        ["Backends.Sftp"] = [.. FormatGround, "Backends"],
        ["Backends.S3"] = [.. FormatGround, "Backends"],
        ["Trees"] = Bytes,
        ["Keys"] = Bytes,
        ["Packs"] = [.. Bytes, "Buffers"],
        ["Indexes"] = [.. Bytes, "Packs"],
        [string.Empty] = Documents,
        ["Blobs"] = [.. Documents, string.Empty],
        ["Locks"] = [.. Documents, string.Empty],
        ["Snapshots"] = [.. Documents, string.Empty],
        ["Checking"] = [.. Documents, string.Empty, "Blobs", "Locks", "Snapshots"],
        ["Pruning"] = [.. Documents, string.Empty, "Blobs", "Locks", "Snapshots"],
        ["Repairing"] = [.. Documents, string.Empty, "Blobs", "Locks", "Snapshots", "Pruning"],
        ["Statistics"] = [.. Documents, string.Empty, "Blobs", "Snapshots"],
        ["Copying"] = [.. Documents, string.Empty, "Blobs", "Snapshots"],
        ["Forgetting"] = [.. FormatGround, "Snapshots"],
    });

    /// <summary>The product: ground, then what an application is, then what is remembered, then the duties.</summary>
    public static Rooms OfEngine { get; } = new("Holdfast.Engine", new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Files"] = [],
        ["Progress"] = [],
        ["Findings"] = [],
        ["Tar"] = ["Files"],
        ["Scratch"] = ["Files", "Progress"],
        ["Processes"] = ["Files"],
        ["Secrets"] = ["Files", "Processes"],
        ["Repositories"] = ["Files", "Processes", "Secrets"],
        ["Manifest"] = [.. EngineGround, "Databases"],
        ["Manifest.Drafting"] = [.. EngineGround, "Manifest", "Databases", "Databases.Sqlite"],
        ["Databases"] = EngineGround,
        ["Databases.Sqlite"] = [.. EngineGround, "Databases"],
        ["Databases.Postgres"] = [.. EngineGround, "Databases"],
        ["Databases.Postgres.Clusters"] = [.. EngineGround, "Databases", "Databases.Postgres"],
        ["Supervision"] = [.. EngineGround, "Manifest"],
        ["Applications"] = [.. Application, "Supervision", "Findings"],
        ["State"] = Application,
        ["Operations"] = [.. Application, "State"],
        ["RestorePoints"] = [.. Application, "State"],
        ["Comparisons"] = [.. Application, "State", "RestorePoints"],
        ["Backups"] = [.. Application, "Tar", "State", "Operations", "RestorePoints"],
        ["Initialization"] = [.. Application, "Manifest.Drafting", "Supervision", "Findings", "Applications", "State", "RestorePoints", "Backups"],
        ["Verification"] = [.. Application, "State"],
        ["Repairs"] = [.. Application, "State", "Operations"],
        ["Archives"] = [.. Application, "Scratch", "RestorePoints"],
        ["Archives.Packing"] = Archive,
        ["Archives.Exporting"] = [.. Archive, "Archives.Packing"],
        ["Archives.Verifying"] = [.. Archive, "Archives.Packing"],
        ["Archives.Importing"] = [.. Archive, "Backups", "Archives.Verifying"],
        ["Archives.Folders"] = [.. Archive, "Archives.Exporting", "Archives.Verifying"],
        ["Restores"] = [.. Application, "RestorePoints"],
        ["Restores.Contents"] = Restore,
        ["Restores.Inspection"] = [.. Application, "RestorePoints"],
        ["Restores.Deltas"] = Restore,
        ["Restores.Exchanges"] = [.. Restore, "Operations", "Supervision", "Restores.Inspection"],
        ["Restores.Staging"] = [.. Restore, "Restores.Contents", "Restores.Inspection", "Restores.Deltas", "Restores.Exchanges"],
        ["Restores.Planning"] = [.. Restore, "Operations", "Restores.Contents", "Restores.Inspection", "Restores.Exchanges", "Restores.Staging"],
        ["Restores.Targets"] = [.. Restore, "Restores.Contents", "Restores.Planning", "Restores.Staging"],
        ["Restores.Served"] = [.. Restore, "Restores.Contents", "Restores.Inspection", "Restores.Exchanges"],
        ["Restores.Clusters"] =
        [
            .. Restore, "Databases.Postgres.Clusters",
            "Restores.Contents", "Restores.Inspection", "Restores.Exchanges", "Restores.Planning", "Restores.Served", "Restores.Targets",
        ],
        ["Restores.Lifecycle"] =
        [
            .. Restore, "State", "Operations", "Supervision", "Backups",
            "Restores.Contents", "Restores.Inspection", "Restores.Exchanges", "Restores.Staging", "Restores.Planning", "Restores.Served",
        ],
        ["Dumps"] = [.. Application, "Tar", "State", "RestorePoints", "Restores", "Restores.Contents", "Restores.Planning", "Restores.Served"],
        ["Keys"] = [.. Application, "State"],
        ["Copying"] = [.. Application, "State", "Operations", "RestorePoints"],
        ["Drills"] =
        [
            .. Restore, "Databases.Postgres.Clusters", "Findings", "Scratch", "State", "Supervision",
            "Restores.Contents", "Restores.Inspection", "Restores.Planning", "Restores.Targets",
        ],
        ["Jobs"] = [.. Application, "Scratch", "State", "Operations", "RestorePoints", "Backups", "Archives", "Archives.Packing", "Archives.Exporting", "Archives.Folders", "Drills"],
        ["Retention"] = [.. Application, "State", "Operations", "RestorePoints", "Drills"],
    });

    /// <summary>One line for every reference that breaks a rule; the references of types outside the project are not looked at.</summary>
    public IReadOnlyList<string> Violations(IReadOnlyDictionary<TypeName, IReadOnlySet<TypeName>> references)
    {
        var violations = new List<string>();
        foreach (var (user, used) in references)
        {
            if (RoomOf(user) is not { } from) continue;
            if (!allowed.TryGetValue(from, out var reachable))
            {
                violations.Add($"{user} is in the room {from}, which is not in the table");
                continue;
            }

            violations.AddRange(used
                .Where(type => RoomOf(type) is { } to && !string.Equals(to, from, StringComparison.Ordinal) && !reachable.Contains(to))
                .Select(type => $"{user} ({from}) refers to {type}"));
        }

        return violations.Order(StringComparer.Ordinal).ToList();
    }

    /// <summary>The room of a type of this project, the unlisted name where there is none, or null for types of other projects.</summary>
    public string? RoomOf(TypeName type)
    {
        if (string.Equals(type.Namespace, project, StringComparison.Ordinal)) return string.Empty;
        if (!type.Namespace.StartsWith(project + ".", StringComparison.Ordinal)) return null;
        var name = type.Namespace[(project.Length + 1)..];
        for (var room = name; room.Length > 0; room = room[..Math.Max(0, room.LastIndexOf('.'))])
        {
            if (allowed.ContainsKey(room)) return room;
        }

        return name;
    }
}
