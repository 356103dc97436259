namespace Holdfast.Restic.Repairing;

/// <summary>What a repair takes out of a tree and all that is below it.</summary>
/// <param name="Files">Files that lose something.</param>
/// <param name="Pieces">Pieces of files that are lost.</param>
/// <param name="Directories">Directories of which nothing can be read: they become empty.</param>
/// <param name="Nodes">Entries that no program can restore: they vanish.</param>
/// <param name="Sizes">Files of which only the recorded size was wrong.</param>
/// <param name="Paths">The first few of them with what happens, quoted so that they are safe to print; relative, without a slash in front.</param>
public sealed record TreeLosses(long Files, long Pieces, long Directories, long Nodes, long Sizes, IReadOnlyList<LostPath> Paths)
{
    private const int PathsNamed = 10;

    internal static readonly TreeLosses None = new(0, 0, 0, 0, 0, []);

    public bool IsEmpty => Files + Directories + Nodes + Sizes == 0;

    internal static TreeLosses File(string name, int pieces) => new(1, pieces, 0, 0, 0, [new LostPath(name, LossKind.Cut)]);

    internal static TreeLosses Directory(string name) => new(0, 0, 1, 0, 0, [new LostPath(name, LossKind.Emptied)]);

    internal static TreeLosses Node(string name) => new(0, 0, 0, 1, 0, [new LostPath(name, LossKind.Removed)]);

    internal static TreeLosses Size(string name) => new(0, 0, 0, 0, 1, [new LostPath(name, LossKind.Resized)]);

    internal TreeLosses Below(string name) => this with { Paths = [.. Paths.Select(path => path with { Path = $"{name}/{path.Path}" })] };

    internal TreeLosses And(TreeLosses other) => new(
        Files + other.Files,
        Pieces + other.Pieces,
        Directories + other.Directories,
        Nodes + other.Nodes,
        Sizes + other.Sizes,
        [.. Paths.Concat(other.Paths).Take(PathsNamed)]);
}

/// <summary>One path that is not what it was.</summary>
public sealed record LostPath(string Path, LossKind Kind);

/// <summary>What happens to a path.</summary>
public enum LossKind
{
    /// <summary>A file loses the pieces that are nowhere any more.</summary>
    Cut,

    /// <summary>A directory becomes empty.</summary>
    Emptied,

    /// <summary>An entry vanishes.</summary>
    Removed,

    /// <summary>Only the recorded size of a file is made right.</summary>
    Resized,
}
