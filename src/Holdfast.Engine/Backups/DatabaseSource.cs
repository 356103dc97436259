using Holdfast.Engine.Files;

namespace Holdfast.Engine.Backups;

/// <summary>A SQLite database that the user named.</summary>
/// <param name="Name">For messages and records.</param>
/// <param name="Path">Absolute.</param>
/// <param name="ExpectTables">Recorded with the snapshot, checked by drills.</param>
/// <param name="Assertions">Recorded with the snapshot, checked by drills.</param>
public sealed record DatabaseSource(string Name, FilePath Path, IReadOnlyList<string> ExpectTables, IReadOnlyList<string> Assertions);
