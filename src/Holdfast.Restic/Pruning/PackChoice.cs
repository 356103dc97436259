using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Pruning;

/// <summary>Decides for each pack whether it stays, goes, or is copied in part (section 10.3, steps 3 to 5).</summary>
internal sealed class PackChoice(PruneOptions options, bool compresses)
{
    /// <summary>Fewer small packs than these are not worth a copy.</summary>
    private const int FewestSmall = 10;

    // A pack of a short backup is smaller than this part of the usual size; with JoinSmall, one of an ordinary backup's end.
    private const long SmallSize = PackBuilder.TargetSize / 25;
    private const long JoinedSize = PackBuilder.TargetSize / 10 * 8;

    internal Choice Choose(Dictionary<Id, PackUse> packs, IReadOnlyList<StoredFile> stored)
    {
        var choice = new Choice();
        var candidates = new List<Candidate>();
        var small = new List<Candidate>();
        foreach (var file in stored)
        {
            if (!packs.TryGetValue(file.Handle.Id, out var pack)) choice.Unlisted.Add(file);
            else if (pack.UsedBlobs == 0) choice.Remove.Add(file);
            else if (options.OnlyTrees && pack.HasData && !pack.HasTrees) choice.Keep(pack);
            else if (pack.UnusedBytes > 0 || MustCopy(pack)) candidates.Add(new Candidate(file, pack, MustCopy(pack)));
            else if (pack.Size < (options.JoinSmall ? JoinedSize : SmallSize)) small.Add(new Candidate(file, pack, MustCopy: false));
            else choice.Keep(pack);
        }

        if (small.Count >= FewestSmall) candidates.AddRange(small);
        else foreach (var candidate in small) choice.Keep(candidate.Pack);
        Take(candidates, packs.Values.Sum(pack => pack.UsedBytes), choice);
        return choice;
    }

    /// <summary>Packs whose kind alone is reason enough.</summary>
    private bool MustCopy(PackUse pack) =>
        pack.IsMixed || (compresses && pack.HasUncompressed && (pack.HasTrees || options.CompressData));

    /// <summary>Those first that free most for what they cost; trees in any case, because every command reads them.</summary>
    private void Take(List<Candidate> candidates, long used, Choice choice)
    {
        var allowed = options.MaximumUnused.Allows(used);
        var unused = choice.RemainingUnused + candidates.Sum(candidate => candidate.Pack.UnusedBytes);
        long copied = 0;
        foreach (var candidate in candidates
            .OrderBy(candidate => candidate.Pack.HasTrees || candidate.MustCopy ? 0 : 1)
            .ThenBy(candidate => candidate.Pack.UnusedBytes == 0 ? 0 : 1)
            .ThenByDescending(candidate => (double)candidate.Pack.UnusedBytes / candidate.Pack.UsedBytes)
            .ThenBy(candidate => candidate.Pack.Id))
        {
            var pack = candidate.Pack;
            var fits = options.MaximumRepack is not { } limit || copied + pack.Size <= limit;
            var isWanted = pack.UnusedBytes == 0 || unused > allowed;
            if (pack.HasTrees || candidate.MustCopy || (fits && isWanted))
            {
                choice.Repack.Add(candidate.File);
                copied += pack.Size;
                unused -= pack.UnusedBytes;
            }
            else
            {
                choice.Keep(pack);
            }
        }
    }

    private sealed record Candidate(StoredFile File, PackUse Pack, bool MustCopy);

    /// <summary>What becomes of the packs.</summary>
    internal sealed class Choice
    {
        internal List<StoredFile> Unlisted { get; } = [];

        internal List<StoredFile> Remove { get; } = [];

        internal List<StoredFile> Repack { get; } = [];

        internal int Kept { get; private set; }

        internal long RemainingUnused { get; private set; }

        internal void Keep(PackUse pack)
        {
            Kept++;
            RemainingUnused += pack.UnusedBytes;
        }
    }
}
