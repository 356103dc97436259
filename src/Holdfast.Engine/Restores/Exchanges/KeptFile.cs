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
    /// <returns>What the user should know, one sentence; null when there is nothing.</returns>
    internal string? PutBack()
    {
        var present = SecondName.Identity(item.Destination);
        if (item.Old is null)
        {
            if (present is null || present != item.New) return null;
            FileSystem.Remove(item.Destination);
            return null;
        }

        if (present == item.Old)
        {
            // Its second name, or the new one on its way.
            if (SecondName.Identity(Kept) is { } kept && (kept == item.Old || kept == item.New)) FileSystem.Remove(Kept);
            return null;
        }

        var isForeign = present is not null && present != item.New;
        if (SecondName.Identity(Kept) != item.Old)
        {
            // Somebody replaced it before it was our turn: his file is the present one.
            return isForeign ? null : throw Lost();
        }

        if (!isForeign)
        {
            FileSystem.Rename(Kept, item.Destination);
            return null;
        }

        var aside = KeptName.FreeAsideFor(Kept);
        FileSystem.Rename(item.Destination, aside);
        FileSystem.Rename(Kept, item.Destination);
        return $"\"{item.Destination.Display}\" was replaced by something else meanwhile, which is \"{aside.Display}\" now";
    }

    /// <summary>Removes the old one.</summary>
    internal void Drop()
    {
        if (item.Old is not null && SecondName.Identity(Kept) == item.Old) FileSystem.Remove(Kept);
    }

    private HoldfastException Changed() => new(
        FailureKind.Busy,
        $"\"{item.Destination.Display}\" was replaced by something else meanwhile"
        + (item.Old is not null && FileSystem.Exists(Kept) ? $"; what was there before is \"{Kept.Display}\"" : string.Empty),
        "stop what does that, and look at both");

    private HoldfastException Lost() => new(
        FailureKind.NotFound,
        $"what was at \"{item.Destination.Display}\" before is gone: \"{Kept.Display}\" is not there any more",
        "restore it from the safety snapshot: `holdfast rollback`");
}
