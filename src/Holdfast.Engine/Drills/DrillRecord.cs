using Holdfast.Restic.Format;

namespace Holdfast.Engine.Drills;

/// <summary>What a drill of a snapshot found, as it is remembered.</summary>
public sealed record DrillRecord
{
    /// <summary>The repository's ID, from its config.</summary>
    public required Id Repository { get; init; }

    /// <summary>Where the repository was, as <see cref="Repositories.RepositoryAddress.Place"/> names it.</summary>
    public required string Location { get; init; }

    /// <summary>The ID of the snapshot that was drilled. Another one with the same content is proven with it.</summary>
    public required Id Snapshot { get; init; }

    /// <summary>The root of the snapshot's content, which the proof is of; null in records of older programs, which knew the ID alone.</summary>
    public Id? Tree { get; init; }

    /// <summary>Everything that was checked was right.</summary>
    public required bool Proven { get; init; }

    /// <summary>When the drill ended.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How long the restore and the checks took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Bytes restored; 0 when not known.</summary>
    public long Bytes { get; init; }

    /// <summary>Name and version of the program that did it.</summary>
    public required string Program { get; init; }

    /// <summary>The checks, as <see cref="DrillCheck.Serialize"/> has them.</summary>
    public required string ChecksJson { get; init; }
}
