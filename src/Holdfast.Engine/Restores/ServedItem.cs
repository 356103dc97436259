using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores;

/// <summary>A database of a server, as a snapshot has it: a dump.</summary>
/// <param name="Record">What it held.</param>
/// <param name="Path">The dump in the snapshot.</param>
/// <param name="Dump">Its node.</param>
/// <param name="Bytes">Bytes of the dump.</param>
public sealed record ServedItem(DatabaseRecord Record, FilePath Path, Node Dump, long Bytes)
{
    /// <summary>This program knows how to restore what the record tells of.</summary>
    internal static bool IsRestorable(DatabaseRecord record) =>
        record is { Kind: DatabaseRecord.PostgresKind, Missing: null, Postgres: { Method: PostgresRecord.Logical, Dump.Length: > 0 } };
}
