using Holdfast.Engine.Files;
using Holdfast.Engine.Scratch;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives;

/// <summary>A private folder for what is unpacked, or on its way into an archive.</summary>
internal static class ArchiveScratch
{
    /// <summary>Room in bytes that is left for others.</summary>
    internal const long Margin = 16 << 20;

    /// <summary>Makes it in the first candidate that has room.</summary>
    /// <param name="candidates">Folders, the preferred one first.</param>
    /// <param name="need">Bytes.</param>
    /// <exception cref="HoldfastException">NoSpace: none has room. Failed: none can be written to.</exception>
    internal static ScratchDirectory Create(IReadOnlyList<FilePath> candidates, long need) => ScratchPlaces.Create(
        candidates, new ScratchDemand("work on an archive", need, Margin, "free some space, or name a folder with room in TMPDIR"));
}
