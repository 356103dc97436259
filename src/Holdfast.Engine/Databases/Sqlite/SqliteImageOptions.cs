namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>How an image of a live database is taken.</summary>
public sealed record SqliteImageOptions
{
    /// <summary>
    /// How long to wait for a moment at which the image can be pinned. Only the image waits: for a checkpoint that is under way,
    /// or, without WAL, for the end of a write.
    /// </summary>
    public TimeSpan BusyDeadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clock of that deadline.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Says in words which processes have the file open, for the message when it stays locked; null when unknown.</summary>
    public Func<string, string?>? DescribeHolders { get; init; }
}

/// <summary>How the database keeps its transactions.</summary>
public enum SqliteJournalMode
{
    /// <summary>DELETE, TRUNCATE, PERSIST, MEMORY or OFF: writers wait while the image is held.</summary>
    Rollback,

    /// <summary>Write-ahead log: writers never wait for the image.</summary>
    Wal,
}
