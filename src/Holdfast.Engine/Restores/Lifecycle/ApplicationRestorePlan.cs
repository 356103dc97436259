using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Served;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>What a restore of an application in place will do.</summary>
public sealed record ApplicationRestorePlan
{
    /// <summary>What is restored.</summary>
    public required StoredSnapshot Snapshot { get; init; }

    public required RestorePlan Restore { get; init; }

    public required RestoreRequest Request { get; init; }

    /// <summary>How the application was found; null when the manifest names nothing that takes it down and up.</summary>
    public required ServiceSnapshot? Service { get; init; }

    /// <summary>Databases of servers that are restored, too.</summary>
    public IReadOnlyList<ServedRestorePlan> Served { get; init; } = [];

    /// <summary>Databases of servers that go away, by the manifest's names.</summary>
    public IReadOnlyList<string> RemovedDatabases { get; init; } = [];

    /// <summary>Why such a database could not be restored now, one sentence each.</summary>
    public IReadOnlyList<string> ServedObstacles { get; init; } = [];

    /// <summary>Where the snapshot is of, when that is not here; null when it is.</summary>
    public SnapshotOrigin? From { get; init; }

    /// <summary>Who has left the application between two states, and what to do; null when nobody has, or this restore may go over that.</summary>
    public string? Interrupted { get; init; }

    /// <summary>What will be stopped and started, in words.</summary>
    public required string? ServiceSubject { get; init; }

    /// <summary>The snapshot was made while the application was between two states, which the request does not accept: why, and what to do; or null.</summary>
    public string? Mixture { get; init; }

    /// <summary>It would replace something that cannot be saved anywhere, and is refused; null when it may be done.</summary>
    public HoldfastException? Unsaved { get; init; }

    /// <summary>What is replaced or removed is saved first.</summary>
    public bool Saves => Request.Safety && Unsaved is null && (Restore.Replaced.Any() || Served.Any(database => database.Replaces) || Restore.Removed.Count + Restore.RemovedFolders.Count + RemovedDatabases.Count > 0);

    /// <summary>The application runs and will be stopped.</summary>
    public bool Stops => Service is { WasRunning: true };

    /// <summary>The application will be started in the end.</summary>
    public bool Starts => Service is not null && (Stops || Request.Start);

    /// <summary>Bytes of what will be saved before: the sizes of what is replaced or removed now.</summary>
    public long SafetyBytes => Saves
        ? Restore.Replaced.Select(item => item.Destination).Concat(Restore.Removed).Distinct()
            .Sum(path => (long)(Files.FileSystem.TryStatus(path, followLinks: false)?.Size ?? 0))
            + Served.Sum(database => database.PresentBytes ?? 0)
        : 0;

    /// <summary>How many databases are restored, files and those of servers.</summary>
    public long Databases => Restore.Databases.LongCount() + Served.Count;

    /// <summary>Bytes of what is restored, dumps as they are.</summary>
    public long Bytes => Restore.Bytes + Served.Sum(database => database.Bytes);

    /// <summary>Why it would be refused now, one sentence each. Who is stopped in time is no obstacle.</summary>
    public IReadOnlyList<string> Obstacles =>
    [
        .. new[] { Interrupted, Mixture, Unsaved is null ? null : $"{Unsaved.Message}; {Unsaved.Hint}" }.OfType<string>(),
        .. Stops
            ? [.. Restore.Conflicts, .. Restore.Space.Where(demand => !demand.IsMet).Select(demand => demand.ToString())]
            : Restore.Obstacles,
        .. ServedObstacles,
        // Who is stopped in time leaves the server by himself.
        .. Stops || Request.EndConnections ? [] : Served.SelectMany(InUse),
    ];

    private static IEnumerable<string> InUse(ServedRestorePlan database) => database.Sessions.Select(
        session => $"the database {Files.PrintableName.Escape(database.Target.Database)} is in use: {session.Words}; stop it, or let it be ended with --end-connections");
}
