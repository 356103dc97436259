using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Restores.Served;

/// <summary>What a restore into a server will do.</summary>
public sealed record ServedRestorePlan
{
    public required ServedRestoreOptions Options { get; init; }

    /// <summary>What was saved.</summary>
    public required DatabaseRecord Record { get; init; }

    /// <summary>The server with the database that there will be.</summary>
    public required PostgresServer Target { get; init; }

    /// <summary>A database of that name is there and will be replaced.</summary>
    public required bool Replaces { get; init; }

    /// <summary>Those who are connected to the database that will be replaced.</summary>
    public required IReadOnlyList<PostgresSession> Sessions { get; init; }

    /// <summary>Why it cannot be done, one sentence each; empty when it can.</summary>
    public required IReadOnlyList<string> Obstacles { get; init; }
}
