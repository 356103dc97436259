using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Restores.Served;

/// <summary>What a restore into a server will do.</summary>
public sealed record ServedRestorePlan
{
    public required ServedTargetOptions Options { get; init; }

    /// <summary>Where the dump comes from, in words.</summary>
    public required string Origin { get; init; }

    /// <summary>Bytes of the dump.</summary>
    public required long Bytes { get; init; }

    /// <summary>What was saved; null for a dump of which nobody knows.</summary>
    public required DatabaseRecord? Record { get; init; }

    /// <summary>The server with the database that there will be.</summary>
    public required PostgresServer Target { get; init; }

    /// <summary>A database of that name is there and will be replaced.</summary>
    public required bool Replaces { get; init; }

    /// <summary>Bytes of the database that will be replaced; null for none, or when the role may not ask.</summary>
    public required long? PresentBytes { get; init; }

    /// <summary>The room that the server needs; null where it is on another machine, or nobody knows which disk it uses.</summary>
    public required SpaceDemand? Space { get; init; }

    /// <summary>Those who are connected to the database that will be replaced.</summary>
    public required IReadOnlyList<PostgresSession> Sessions { get; init; }

    /// <summary>Why it cannot be done, one sentence each; empty when it can.</summary>
    public required IReadOnlyList<string> Obstacles { get; init; }
}
