using Holdfast.Engine.Databases;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Secrets;

namespace Holdfast.Engine.Manifest;

/// <summary>What one <c>holdfast.yaml</c> says about an application, checked and with absolute paths.</summary>
public sealed record ApplicationManifest
{
    /// <summary>Lower-case letters, digits and dashes.</summary>
    public required string Application { get; init; }

    /// <summary>The absolute folder below which relative paths were resolved.</summary>
    public required string Root { get; init; }

    /// <summary>Those that are files: of SQLite.</summary>
    public required IReadOnlyList<DatabaseDeclaration> Databases { get; init; }

    /// <summary>Those that a server holds: of PostgreSQL.</summary>
    public IReadOnlyList<ServedDatabaseDeclaration> ServedDatabases { get; init; } = [];

    public required IReadOnlyList<FileGroup> Files { get; init; }

    public required Exclusions Exclude { get; init; }

    /// <summary>At least one, in the order of the manifest: a backup goes to the first that answers and is copied to the others.</summary>
    public required IReadOnlyList<RepositoryDeclaration> Repositories { get; init; }

    /// <summary>Where the passphrase comes from; null when the manifest leaves that to the command line or the environment.</summary>
    public PassphraseSource? Passphrase { get; init; }

    /// <summary>Where the application's version is to be had; null when the manifest does not say.</summary>
    public VersionDeclaration? Version { get; init; }

    /// <summary>How the application is stopped and started; null when Holdfast leaves it alone.</summary>
    public ServiceDeclaration? Service { get; init; }

    public BackupDeclaration Backup { get; init; } = new();

    public DrillDeclaration Drill { get; init; } = new();

    /// <summary>Within which time `check` reads every pack, as it is written after `--read-data-within`; null for as it is told.</summary>
    public string? CheckReadWithin { get; init; }

    /// <summary>Folders of plain archives that backups are also written to.</summary>
    public IReadOnlyList<ArchiveDeclaration> Archives { get; init; } = [];

    /// <summary>Where each key stands in the file, for whoever finds something wrong later.</summary>
    public ManifestPlaces Places { get; init; } = ManifestPlaces.None;
}

/// <summary>A SQLite database of the application.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="ExpectTables">Tables that must exist in a proven copy.</param>
/// <param name="Assertions">SQL queries whose first value must be true (neither 0, empty nor null) in a proven copy.</param>
public sealed record DatabaseDeclaration(
    string Name, string Path, IReadOnlyList<string> ExpectTables, IReadOnlyList<string> Assertions);

/// <summary>A PostgreSQL database of the application.</summary>
/// <param name="ExpectTables">Tables that must exist in a proven copy: <c>table</c> in the schema public, else <c>schema.table</c>.</param>
/// <param name="Assertions">SQL queries whose first value must be true (neither 0, false, empty nor null) in a proven copy.</param>
public sealed record ServedDatabaseDeclaration(
    string Name, PostgresAddress Address, IReadOnlyList<string> ExpectTables, IReadOnlyList<string> Assertions)
{
    /// <summary>How it is saved.</summary>
    public ServedForm Form { get; init; }

    /// <summary>Bytes a second that a base backup may take of the server at most; null for all.</summary>
    public long? MaxRate { get; init; }
}

/// <summary>Files that belong together under a name of the user's: <c>config</c>, <c>certs</c>.</summary>
public sealed record FileGroup(string Name, IReadOnlyList<FileSelection> Selections);

/// <summary>Where a repository is.</summary>
/// <param name="Path">Absolute.</param>
public sealed record RepositoryDeclaration(string Name, RepositoryAddress Address)
{
    /// <summary>Where its keys come from; what is missing is looked for in the environment.</summary>
    public RepositoryCredentials Credentials { get; init; } = RepositoryCredentials.FromEnvironment;

    /// <summary>Where its own passphrase comes from; null for the one of all repositories.</summary>
    public PassphraseSource? Passphrase { get; init; }

    /// <summary>Which backups are kept here; null for what the manifest says of all repositories.</summary>
    public KeepDeclaration? Keep { get; init; }

    /// <summary>How its storage is used.</summary>
    public StorageSettings Settings { get; init; } = StorageSettings.Standard;
}
