using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// A file, link or fifo that takes the place of another, or one that goes away, with the old one kept until the end. Every step can be
/// done again after a kill: what is there is told by its inode.
/// </summary>
internal sealed class KeptFile(ExchangeItem item, bool mayLink = true)
{
    private readonly SecondName _second = new(mayLink);

    private FilePath Kept => item.Kept!;

    /// <exception cref="HoldfastException">Busy: something else is there by now. Or it cannot be renamed.</exception>
    internal void Replace()
    {
        var present = SecondName.Identity(item.Destination);
        if (item.New is null)
        {
            if (present is null) return;
            if (present != item.Old) throw Changed();
            FileSystem.Rename(item.Destination, Kept);
            return;
        }

        if (present == item.New) return;
        if (present != item.Old) throw Changed();
        if (item.Old is null || _second.TryGive(item.Destination, Kept))
        {
            FileSystem.Rename(item.Staged!, item.Destination);
            return;
        }

        if (SecondName.Identity(Kept) != item.New) FileSystem.Rename(item.Staged!, Kept);
        FileExchange.Exchange(Kept, item.Destination);
    }

    /// <summary>
    /// Puts the old one back, also after a kill halfway. Done again, it changes nothing. What someone else has put there meanwhile is set
    /// aside, and stays where it is when nothing of the old one was touched.
    /// </summary>
    /// <returns>What the user should know.</returns>
    internal KeptOutcome PutBack()
    {
        if (PutOldBack(out var sentence))
        {
            var aside = item.NameAside(sentence);
            return new KeptOutcome(sentence is null || aside is null ? sentence ?? aside : $"{sentence}; {aside}", IsBack: true, IsRemark: sentence is not null || aside is not null);
        }

        return new KeptOutcome($"what was at \"{item.Destination.Display}\" before is gone: \"{Kept.Display}\" is not there any more", IsBack: false, IsLost: true);
    }

    // False when the old one is nowhere.
    private bool PutOldBack(out string? sentence)
    {
        sentence = null;
        var present = SecondName.Identity(item.Destination);
        var isForeign = present is not null && present != item.New;
        if (item.Old is null)
        {
            if (!isForeign && present is not null) sentence = TakeNewAway();
            return true;
        }

        if (present == item.Old)
        {
            // Its second name, or the new one on its way.
            if (SecondName.Identity(Kept) is { } kept && (kept == item.Old || kept == item.New)) FileSystem.Remove(Kept);
            return true;
        }

        // Somebody replaced it before it was our turn: his file is the present one.
        if (SecondName.Identity(Kept) != item.Old) return isForeign;

        var aside = isForeign || item.IsNewChanged(item.Destination) ? SetAside() : null;
        FileSystem.Rename(Kept, item.Destination);
        if (aside is null) return true;
        sentence = isForeign
            ? $"\"{item.Destination.Display}\" was replaced by something else meanwhile, which is \"{aside.Display}\" now"
            : $"somebody has written to the new \"{item.Destination.Display}\" meanwhile, which is \"{aside.Display}\" now";
        return true;
    }

    /// <summary>Removes the old one, unless somebody has written to it since it was saved.</summary>
    /// <returns>False when it stays for that.</returns>
    internal bool Drop()
    {
        if (item.Old is null || SecondName.Identity(Kept) != item.Old) return true;
        if (item.IsOldChanged(Kept)) return false;
        FileSystem.Remove(Kept);
        return true;
    }

    private string? TakeNewAway()
    {
        if (item.IsNewChanged(item.Destination))
            return $"somebody has written to the new \"{item.Destination.Display}\" meanwhile, which is \"{SetAside().Display}\" now";
        FileSystem.Remove(item.Destination);
        return null;
    }

    private FilePath SetAside()
    {
        var aside = item.FreeAside();
        FileSystem.Rename(item.Destination, aside);
        return aside;
    }

    private HoldfastException Changed() => new(
        FailureKind.Busy,
        $"\"{item.Destination.Display}\" was replaced by something else meanwhile"
        + (item.Old is not null && FileSystem.Exists(Kept) ? $"; what was there before is \"{Kept.Display}\"" : string.Empty),
        "stop what does that, and look at both");
}
