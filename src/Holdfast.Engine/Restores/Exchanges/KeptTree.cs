using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// A folder that goes away with everything below it: by one name, so that the application does not see a part of it. What it holds is known one by
/// one, so that nothing is removed in the end that was not saved before. Where a folder cannot be renamed, what it holds goes, and it stays.
/// </summary>
internal sealed class KeptTree(ExchangeItem item)
{
    private readonly KeptFile _folder = new(item);

    private IReadOnlyList<ExchangeItem> Held => item.Held!;

    private bool IsInPlace => SecondName.Identity(item.Destination) == item.Old;

    /// <exception cref="HoldfastException">As of <see cref="KeptFile.Replace"/>.</exception>
    internal void Replace()
    {
        try
        {
            _folder.Replace();
        }
        catch (HoldfastException) when (IsInPlace)
        {
            // A layer below an overlay of file systems, or something is mounted there by now (rename(2): EXDEV, EBUSY).
            foreach (var held in Held) new KeptFile(held).Replace();
        }
    }

    /// <summary>As of <see cref="KeptFile.PutBack"/>, of the folder and of what it holds.</summary>
    internal IEnumerable<KeptOutcome> PutBack()
    {
        yield return _folder.PutBack();
        if (!IsInPlace) yield break;
        foreach (var held in Held.Reverse()) yield return new KeptFile(held).PutBack();
    }

    /// <summary>Removes what was saved, and the folder if that was all.</summary>
    /// <param name="keep">Destinations of what is not removed.</param>
    /// <returns>False when something stays that is not in <paramref name="keep"/>.</returns>
    internal bool Drop(IReadOnlyList<FilePath> keep)
    {
        if (SecondName.Identity(item.Kept!) != item.Old) return Held.Where(held => !keep.Contains(held.Destination)).ToList().TrueForAll(held => new KeptFile(held).Drop());
        foreach (var held in Held.Where(held => !keep.Contains(held.Destination)))
        {
            Drop(held, held.Destination);
            Drop(held, held.Kept!);
        }

        RemoveEmptied(item.Kept!);
        return !FileSystem.Exists(item.Kept!) || Held.Any(held => keep.Contains(held.Destination));
    }

    private void Drop(ExchangeItem held, FilePath name)
    {
        var now = name.Rebase(item.Destination, item.Kept!);
        if (SecondName.Identity(now) == held.Old && !held.IsOldChanged(now)) FileSystem.Remove(now);
    }

    private static void RemoveEmptied(FilePath folder)
    {
        foreach (var entry in DirectoryListing.Read(folder))
        {
            var below = folder.Combine(entry.Name);
            if (FileSystem.TryStatus(below, followLinks: false) is { IsDirectory: true }) RemoveEmptied(below);
        }

        KeptFolder.RemoveIfEmpty(folder);
    }
}
