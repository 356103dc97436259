using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Drills;

/// <summary>Finds a place for the scratch directory of a drill.</summary>
public static class ScratchPlaces
{
    /// <summary>Room in bytes that is left for others.</summary>
    private const long Margin = 64 << 20;

    /// <summary>Where a drill may restore to, in order of preference; only folders that exist are taken.</summary>
    /// <param name="temporary"><c>$TMPDIR</c>; null when not set.</param>
    /// <param name="state">The folder of the local state.</param>
    /// <param name="repository">The repository, when it is on this machine.</param>
    public static IReadOnlyList<FilePath> Candidates(FilePath? temporary, FilePath state, FilePath? repository) =>
        [.. new[] { temporary, FilePath.From("/var/tmp"), state, repository?.Parent }.OfType<FilePath>().Distinct()];

    /// <summary>A place that was asked for is the only one.</summary>
    /// <exception cref="HoldfastException">NotFound: it is no folder.</exception>
    public static IReadOnlyList<FilePath> Only(FilePath asked) => IsFolder(asked) ? [asked] : throw NotThere(asked);

    /// <summary>Makes the scratch directory in the first candidate that has room and can be written to.</summary>
    /// <exception cref="HoldfastException">
    /// NoSpace: none has room; every one is named with its free room. Failed: none can be written to.
    /// </exception>
    internal static ScratchDirectory Create(IReadOnlyList<FilePath> candidates, long need)
    {
        var refusals = new List<string>();
        var kind = FailureKind.Failed;
        foreach (var candidate in candidates)
        {
            try
            {
                if (!IsFolder(candidate)) throw NotThere(candidate);
                var demand = SpaceDemand.At(candidate, need + Margin);
                if (demand.IsMet)
                {
                    ScratchDirectory.RemoveLeftovers(candidate);
                    return ScratchDirectory.Create(candidate);
                }

                kind = FailureKind.NoSpace;
                refusals.Add($"\"{candidate.Display}\" has {HumanFormat.Size(demand.Free)} free");
            }
            catch (HoldfastException error)
            {
                // Another candidate may do; if none does, this is told.
                refusals.Add(error.Message);
            }
        }

        throw new HoldfastException(
            kind,
            $"the drill needs {HumanFormat.Size(need)} (and {HumanFormat.Size(Margin)} to spare) for its scratch directory, "
            + $"and no place has them: {string.Join("; ", refusals)}",
            "free some space, or name a folder with room (--scratch, or TMPDIR)");
    }

    private static bool IsFolder(FilePath place) => FileSystem.TryStatus(place, followLinks: true) is { IsDirectory: true };

    private static HoldfastException NotThere(FilePath place) =>
        new(FailureKind.NotFound, $"there is no folder \"{place.Display}\"", "the drill makes its scratch directory in a folder that exists");
}
