using Holdfast.Restic.Backends;

namespace Holdfast.Tests.Restic.Backends;

/// <summary>What goes wrong with a storage, and how often.</summary>
/// <param name="Seed">
/// The n-th request of a kind for a type of file has the same fate with the same seed, whatever runs beside it.
/// </param>
internal sealed record FaultPlan(int Seed)
{
    /// <summary>Of all requests, those that fail and would succeed later: before they have an effect or after it.</summary>
    public double Share { get; init; }

    /// <summary>A write that fails may leave the beginning of the file under its name.</summary>
    public bool TearsWrites { get; init; }

    /// <summary>Of all lists, those that lack what was written last and still show what was removed last.</summary>
    public double StaleShare { get; init; }

    /// <summary>Of which files lists may be old.</summary>
    public IReadOnlyList<FileType> StaleTypes { get; init; } = Enum.GetValues<FileType>();

    /// <summary>Answers come late and in another order.</summary>
    public bool IsSlow { get; init; }

    /// <summary>After so many requests nothing succeeds any more; null for never.</summary>
    public int? EndsAfter { get; init; }
}
