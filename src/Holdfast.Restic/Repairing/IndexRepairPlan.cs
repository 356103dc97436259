using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;

namespace Holdfast.Restic.Repairing;

/// <summary>What becomes of the index.</summary>
public sealed record IndexRepairPlan
{
    /// <summary>Index files that cannot be read: removed at the end.</summary>
    public required IReadOnlyList<UnreadableFile> Damaged { get; init; }

    /// <summary>Packs that no readable index file lists: listed again.</summary>
    public required IReadOnlyList<Id> Added { get; init; }

    /// <summary>Packs that the index describes wrongly: described as their headers say.</summary>
    public required IReadOnlyList<Id> Corrected { get; init; }

    /// <summary>Packs that the index lists and that are not there: listed no more. What only they held is lost.</summary>
    public required IReadOnlyList<Id> Missing { get; init; }

    /// <summary>Packs of which the header does not open. They stay listed as they were.</summary>
    public required IReadOnlyList<UnreadablePack> Unreadable { get; init; }

    /// <summary>Packs that are stored.</summary>
    public required int Packs { get; init; }

    /// <summary>Index files that others replace.</summary>
    public IReadOnlyList<Id> Obsolete { get; private init; } = [];

    /// <summary>Index files that stay.</summary>
    public int Kept { get; private init; }

    /// <summary>There is nothing to do.</summary>
    public bool IsEmpty => Damaged.Count + Obsolete.Count + Write.Count == 0;

    /// <summary>What new index files list.</summary>
    internal IReadOnlyList<IndexedPack> Write { get; private init; } = [];

    /// <summary>Keeps the index files that say only what is right and that no other has said; the rest is written anew.</summary>
    internal IndexRepairPlan Choosing(IReadOnlyList<IndexFile> files, Dictionary<Id, IndexedPack> target)
    {
        var left = new Dictionary<Id, IndexedPack>(target);
        var obsolete = new List<Id>();
        foreach (var file in files)
        {
            if (file.Packs.DistinctBy(pack => pack.Id).Count() == file.Packs.Count && file.Packs.All(IsRightAndNew))
            {
                foreach (var pack in file.Packs) left.Remove(pack.Id);
            }
            else
            {
                obsolete.Add(file.Id);
            }
        }

        return this with { Obsolete = obsolete, Kept = files.Count - obsolete.Count, Write = [.. left.Values.OrderBy(pack => pack.Id)] };

        bool IsRightAndNew(IndexedPack pack) => left.TryGetValue(pack.Id, out var right) && right.Blobs.SequenceEqual(pack.Blobs);
    }
}

/// <summary>A stored file that cannot be read, and why, as a sentence that is safe to print.</summary>
public sealed record UnreadableFile(Id Id, string Why);

/// <summary>A pack of which the header does not open.</summary>
/// <param name="Id">The pack.</param>
/// <param name="Why">A sentence that is safe to print.</param>
/// <param name="IsListed">An index file says what is in it, so that <see cref="PackRepair"/> can save what is still good.</param>
public sealed record UnreadablePack(Id Id, string Why, bool IsListed);

/// <summary>What was done.</summary>
/// <param name="Written">New index files.</param>
/// <param name="Removed">Index files that are gone.</param>
public sealed record IndexRepairResult(int Written, int Removed);
