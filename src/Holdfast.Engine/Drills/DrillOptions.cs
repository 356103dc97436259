using Holdfast.Engine.Files;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Drills;

/// <summary>What to prove, and where.</summary>
public sealed record DrillOptions
{
    public required StoredSnapshot Snapshot { get; init; }

    /// <summary>Where the repository is; what is proven is this copy of it. See <see cref="Repositories.RepositoryAddress.Place"/>.</summary>
    public required string RepositoryLocation { get; init; }

    /// <summary>Folders in which the scratch directory may be made; the first with room is taken. See <see cref="Scratch.ScratchPlaces.Candidates"/>.</summary>
    public required IReadOnlyList<FilePath> ScratchCandidates { get; init; }

    /// <summary>Folders that must never be written into: the repository, when it is on this machine.</summary>
    public IReadOnlyList<FilePath> Forbidden { get; init; } = [];

    /// <summary>Who holds the lock on the repository meanwhile.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>False leaves the repository unlocked, for one that cannot be written to.</summary>
    public bool Lock { get; init; } = true;

    /// <summary>Threads that fetch, verify and compare.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>How the application is started on the restored copy; null when it is not.</summary>
    public BootOptions? Boot { get; init; }

    /// <summary>Name and version of the program, for the record.</summary>
    public required string Program { get; init; }
}
