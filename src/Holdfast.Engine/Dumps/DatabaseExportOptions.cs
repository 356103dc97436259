using Holdfast.Engine.Files;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Dumps;

/// <summary>In which form a database of a server is written into a file.</summary>
public enum DatabaseExportFormat
{
    /// <summary>pg_dump's custom format, as it was saved.</summary>
    Custom,

    /// <summary>SQL.</summary>
    Sql,

    /// <summary>SQL with gzip around it.</summary>
    CompressedSql,
}

/// <summary>Which database of a snapshot is written into which file.</summary>
public sealed record DatabaseExportOptions
{
    public required StoredSnapshot Snapshot { get; init; }

    /// <summary>As the manifest named it; null where the snapshot has only one.</summary>
    public string? Name { get; init; }

    /// <summary>The file to make, absolute.</summary>
    public required FilePath Output { get; init; }

    public required DatabaseExportFormat Format { get; init; }

    /// <summary>The output may replace a file.</summary>
    public bool Force { get; init; }

    /// <summary>Who holds the lock on the repository meanwhile; null leaves it unlocked, for one that cannot be written to.</summary>
    public required ClientIdentity? Identity { get; init; }
}
