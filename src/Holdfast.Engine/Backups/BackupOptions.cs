using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Backups;

/// <summary>What to back up.</summary>
public sealed record BackupOptions
{
    /// <summary>Absolute paths of files and folders; databases among them or in them are recognised by their header.</summary>
    public required IReadOnlyList<FilePath> Targets { get; init; }

    /// <summary>Databases that were declared; saved wherever they are, and missed when they are not there.</summary>
    public IReadOnlyList<DatabaseSource> Databases { get; init; } = [];

    /// <summary>Databases that a server holds. They become files beside the snapshot's record.</summary>
    public IReadOnlyList<ServedDatabase> ServedDatabases { get; init; } = [];

    /// <summary>How long a dump waits for a table that somebody has locked.</summary>
    public TimeSpan TableLockTime { get; init; } = PostgresSnapshot.DefaultLockTime;

    /// <summary>What is left out; null for nothing.</summary>
    public Exclusions? Exclude { get; init; }

    /// <summary>How long to wait for a lock of somebody else on the repository.</summary>
    public TimeSpan LockWait { get; init; }

    /// <summary>Left out with a notice, because backing it up makes no sense: the repository itself, the local state, the key.</summary>
    public IReadOnlyList<FilePath> Own { get; init; } = [];

    /// <summary>What was noticed while the options were made; told with the result.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>What is known before to be wrong with the application; the snapshot counts as incomplete then.</summary>
    public IReadOnlyList<string> KnownProblems { get; init; } = [];

    /// <summary>What the snapshot is said to be of, where that is shorter than the targets; null for the targets.</summary>
    public IReadOnlyList<FilePath>? RecordedPaths { get; init; }

    public string? Application { get; init; }

    public FilePath? Manifest { get; init; }

    /// <summary>The application's root, in which its programs run; null for a backup of plain paths, which runs none.</summary>
    public FilePath? Root { get; init; }

    /// <summary>Where the application's version is to be had; null when nobody says.</summary>
    public VersionDeclaration? Version { get; init; }

    /// <summary>Which absolute paths each group of files stands for now.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Groups { get; init; } = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

    /// <summary>Programs to run before, after and around it; they need a root.</summary>
    public BackupDeclaration Around { get; init; } = new();

    /// <summary>What these programs find in their environment on top of this process's own; null removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> ProgramEnvironment { get; init; } = SecretVariables.Removed();

    /// <summary>
    /// Told true before the application is made to pause its writes, and false when it was let go on. Who keeps this finds an application that a killed
    /// backup left paused.
    /// </summary>
    public Action<bool> PauseChanges { get; init; } = _ => { };

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Read every file again, whatever the parent snapshot says.</summary>
    public bool Force { get; init; }

    /// <summary>Who makes the backup.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>Worker threads for hashing, compression and encryption.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Finds the last proven of the repository's snapshots, which this one is compared with; null compares with none.</summary>
    public Func<IReadOnlyList<StoredSnapshot>, StoredSnapshot?>? LastProven { get; init; }

    /// <summary>A backup whose bytes or rows fell by more than this share since the last proven one is suspicious; 0 to 1.</summary>
    public double SuspiciousDrop { get; init; } = BackupDeclaration.DefaultSuspiciousDrop;

    /// <summary>Name and version of the program, for the snapshot.</summary>
    public required string Program { get; init; }
}
