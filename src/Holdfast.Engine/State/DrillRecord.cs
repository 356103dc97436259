using Holdfast.Restic.Format;

namespace Holdfast.Engine.State;

/// <summary>What a drill of a snapshot found, as it is remembered.</summary>
/// <param name="Repository">The repository's ID, from its config.</param>
/// <param name="Location">Where the repository was, as <see cref="RepositoryLocation"/> names it.</param>
/// <param name="Snapshot">The snapshot's ID.</param>
/// <param name="Proven">Everything that was checked was right.</param>
/// <param name="At">When the drill ended.</param>
/// <param name="Duration">How long the restore and the checks took.</param>
/// <param name="Program">Name and version of the program that did it.</param>
/// <param name="ChecksJson">The checks, as a JSON array; stored as it is.</param>
public sealed record DrillRecord(
    Id Repository, string Location, Id Snapshot, bool Proven, DateTimeOffset At, TimeSpan Duration, string Program, string ChecksJson);
