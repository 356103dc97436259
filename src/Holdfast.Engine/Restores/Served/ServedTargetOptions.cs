using Holdfast.Engine.Databases;
using Holdfast.Engine.Databases.Postgres;

namespace Holdfast.Engine.Restores.Served;

/// <summary>Into which database of a server a dump is restored, and how.</summary>
public record ServedTargetOptions
{
    /// <summary>The server, and a role that may make databases there. Its database is the one to replace unless <see cref="As"/> names a new one.</summary>
    public required PostgresAddress Server { get; init; }

    /// <summary>The name of a new database, which must not be there; null replaces the one of <see cref="Server"/>.</summary>
    public string? As { get; init; }

    /// <summary>What of it, and to whom it belongs then.</summary>
    public PostgresLoadOptions Load { get; init; } = new();

    /// <summary>Connections to the database that is replaced may be ended.</summary>
    public bool EndConnections { get; init; }

    /// <summary>The database that was replaced is dropped once the new one is proven and in its place.</summary>
    public bool DropOld { get; init; }
}
