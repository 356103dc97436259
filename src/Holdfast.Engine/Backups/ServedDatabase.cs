using Holdfast.Engine.Databases;

namespace Holdfast.Engine.Backups;

/// <summary>A PostgreSQL database that the user named.</summary>
/// <param name="Name">For messages and records, and the name of its folder in the snapshot.</param>
/// <param name="Address">Where it is.</param>
/// <param name="ExpectTables">Recorded with the snapshot, checked by drills.</param>
/// <param name="Assertions">Recorded with the snapshot, checked by drills.</param>
public sealed record ServedDatabase(string Name, PostgresAddress Address, IReadOnlyList<string> ExpectTables, IReadOnlyList<string> Assertions)
{
    /// <summary>How it is saved.</summary>
    public ServedForm Form { get; init; }

    /// <summary>Bytes a second that a base backup may take of the server at most; null for all.</summary>
    public long? MaxRate { get; init; }
}
