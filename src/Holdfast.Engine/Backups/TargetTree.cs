using Holdfast.Engine.Files;

namespace Holdfast.Engine.Backups;

/// <summary>
/// The targets of a backup merged into one tree from the root: what is a target is saved with all it holds, what only leads to one is a folder
/// with nothing but the wanted children (section 6.1 of the format). A target in a target stays in the tree, because what is named is saved also
/// where a pattern leaves out the folder around it.
/// </summary>
internal sealed class TargetTree
{
    private readonly SortedDictionary<FilePath, TargetTree> _children = [];

    private TargetTree(FilePath path) => Path = path;

    internal FilePath Path { get; }

    internal bool IsTarget { get; private set; }

    /// <summary>Ordered by raw name bytes.</summary>
    internal IReadOnlyCollection<TargetTree> Children => _children.Values;

    internal static TargetTree Of(IEnumerable<FilePath> targets)
    {
        var root = new TargetTree(FilePath.Root);
        foreach (var target in targets) root.Add(target);
        return root;
    }

    /// <summary>What is wanted at a path directly in this folder; null when nothing there was named.</summary>
    internal TargetTree? Child(FilePath path) => _children.GetValueOrDefault(path);

    private void Add(FilePath target)
    {
        var at = this;
        foreach (var component in target.Components)
        {
            var path = at.Path.Combine(component.Span);
            if (!at._children.TryGetValue(path, out var child)) at._children.Add(path, child = new TargetTree(path));
            at = child;
        }

        at.IsTarget = true;
    }
}
