using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives;

/// <summary>A private folder for what is unpacked, or on its way into an archive.</summary>
internal static class ArchiveScratch
{
    /// <summary>Room in bytes that is left for others.</summary>
    internal const long Margin = 16 << 20;

    /// <summary>Makes it in the first candidate that has room.</summary>
    /// <param name="candidates">Folders, the preferred one first; those that do not exist are passed over.</param>
    /// <param name="need">Bytes.</param>
    /// <exception cref="HoldfastException">NoSpace: none has room. Failed: none can be written to.</exception>
    internal static ScratchDirectory Create(IReadOnlyList<FilePath> candidates, long need)
    {
        var refusals = new List<string>();
        var kind = FailureKind.Failed;
        foreach (var candidate in candidates.Where(place => FileSystem.TryStatus(place, followLinks: true) is { IsDirectory: true }))
        {
            try
            {
                var free = FreeSpace.At(candidate);
                if (free >= (ulong)(need + Margin))
                {
                    ScratchDirectory.RemoveLeftovers(candidate);
                    return ScratchDirectory.Create(candidate);
                }

                kind = FailureKind.NoSpace;
                refusals.Add($"\"{candidate.Display}\" has {HumanFormat.Size((long)Math.Min(free, long.MaxValue))} free");
            }
            catch (HoldfastException error)
            {
                // Another candidate may do; if none does, this is told.
                refusals.Add(error.Message);
            }
        }

        throw new HoldfastException(
            kind,
            $"{HumanFormat.Size(need)} (and {HumanFormat.Size(Margin)} to spare) are needed for a scratch directory, and no place has them: {string.Join("; ", refusals)}",
            "free some space, or name a folder with room in TMPDIR");
    }
}
