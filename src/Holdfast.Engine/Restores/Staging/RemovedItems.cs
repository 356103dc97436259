using Holdfast.Engine.Files;
using Holdfast.Engine.Restores.Exchanges;

namespace Holdfast.Engine.Restores.Staging;

/// <summary>What goes away: folders of which nothing stays as one, everything else one by one.</summary>
/// <param name="plan">Says what goes.</param>
/// <param name="time">For the names of what is kept.</param>
internal sealed class RemovedItems(RestorePlan plan, string time)
{
    private readonly HashSet<FilePath> _gone = [.. plan.Removed, .. plan.RemovedFolders];

    internal IReadOnlyList<ExchangeItem> All()
    {
        var trees = new Dictionary<FilePath, List<ExchangeItem>>();
        foreach (var folder in plan.RemovedFolders)
            if (TreeOf(folder, trees) is null && IsAsPlanned(folder)) trees.Add(folder, []);
        var alone = new List<ExchangeItem>();
        foreach (var path in plan.Removed.Where(FileSystem.Exists))
            (TreeOf(path, trees) ?? alone).Add(InPlaceRestorer.Item(path, null, ExchangeKind.File, time));
        return [.. alone, .. trees.OrderBy(tree => tree.Key).Select(tree => Tree(tree.Key, tree.Value))];
    }

    private static List<ExchangeItem>? TreeOf(FilePath path, Dictionary<FilePath, List<ExchangeItem>> trees)
    {
        for (var folder = path.Parent; folder is not null; folder = folder.Parent)
            if (trees.TryGetValue(folder, out var held)) return held;
        return null;
    }

    // Of one that somebody has put something into since it was planned only the rest goes, and it stays.
    private bool IsAsPlanned(FilePath folder) =>
        FileSystem.TryStatus(folder, followLinks: false) is { IsDirectory: true }
        && DirectoryListing.Read(folder).Select(entry => folder.Combine(entry.Name)).All(path =>
            _gone.Contains(path) && (FileSystem.TryStatus(path, followLinks: false) is not { IsDirectory: true } || IsAsPlanned(path)));

    private ExchangeItem Tree(FilePath folder, List<ExchangeItem> held) => new()
    {
        Kind = ExchangeKind.File,
        Destination = folder,
        Kept = KeptName.FreeFor(folder, time),
        Old = FileSystem.LastingIdentity(folder),
        Held = held,
    };
}
