using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Scratch;

/// <summary>Finds a place for a scratch directory.</summary>
public static class ScratchPlaces
{
    /// <summary>Where a scratch directory may be made, in order of preference; only folders that exist are taken.</summary>
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
    internal static ScratchDirectory Create(IReadOnlyList<FilePath> candidates, ScratchDemand demand)
    {
        var refusals = new List<string>();
        var kind = FailureKind.Failed;
        foreach (var candidate in candidates)
        {
            try
            {
                if (!IsFolder(candidate)) throw NotThere(candidate);
                var free = (long)Math.Min(FreeSpace.At(candidate), long.MaxValue);
                if (demand.Bytes <= free - demand.Margin)
                {
                    ScratchDirectory.RemoveLeftovers(candidate);
                    return ScratchDirectory.Create(candidate);
                }

                kind = FailureKind.NoSpace;
                refusals.Add($"\"{candidate.Display}\" has {HumanFormat.Size(free)} free");
            }
            catch (HoldfastException error)
            {
                // Another candidate may do; if none does, this is told.
                refusals.Add(error.Message);
            }
        }

        throw new HoldfastException(
            kind,
            $"{demand.Purpose} needs {HumanFormat.Size(demand.Bytes)} (and {HumanFormat.Size(demand.Margin)} to spare) for its scratch directory, "
            + $"and no place has them: {string.Join("; ", refusals)}",
            demand.Hint);
    }

    private static bool IsFolder(FilePath place) => FileSystem.TryStatus(place, followLinks: true) is { IsDirectory: true };

    private static HoldfastException NotThere(FilePath place) =>
        new(FailureKind.NotFound, $"there is no folder \"{place.Display}\"", "a scratch directory is made in a folder that exists");
}
