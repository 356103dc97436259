using Holdfast.Engine.Files;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// Reads the folders of snapshots for those who walk them. A repository may be hostile: names that are no file names, the same name twice and
/// folders without end are refused. A folder whose list is damaged is a problem, not the end.
/// </summary>
internal sealed class SnapshotFolders(BlobReader reader)
{
    /// <summary>Folders in folders; the longest path that Linux takes (4096 bytes) has fewer.</summary>
    private const int DeepestLevel = 4096;

    private readonly List<string> _problems = [];

    /// <summary>Folders whose list is damaged, one sentence each. What is below them was not seen.</summary>
    internal IReadOnlyList<string> Problems => _problems;

    /// <summary>What is in a folder; null when that cannot be read, which is a problem then.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="tree">Its list.</param>
    /// <param name="level">How many folders are above it.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="HoldfastException">Damaged: a tree that no honest program writes. Nothing of such a snapshot should be used.</exception>
    internal async Task<IReadOnlyList<Node>?> ReadAsync(FilePath path, Id? tree, int level, CancellationToken cancellationToken)
    {
        if (level >= DeepestLevel) throw Hostile(path, $"folders are nested more than {DeepestLevel} deep");
        if (tree is not { } id)
        {
            _problems.Add($"\"{path.Display}\": the snapshot does not say what is in this folder");
            return null;
        }

        IReadOnlyList<Node> nodes;
        try
        {
            nodes = await reader.ReadTreeAsync(id, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.NotFound or FailureKind.Damaged)
        {
            _problems.Add($"\"{path.Display}\": the list of what is in this folder is damaged: {error.Message}");
            return null;
        }

        RefuseHostile(path, nodes);
        return nodes;
    }

    private static void RefuseHostile(FilePath folder, IReadOnlyList<Node> nodes)
    {
        var seen = new HashSet<ReadOnlyMemory<byte>>(nodes.Count, NameComparer.Instance);
        foreach (var node in nodes)
        {
            var name = PrintableName.Escape(node.Name.Span);
            if (!NodeName.IsSafe(node.Name.Span))
                throw Hostile(folder, $"it holds \"{name}\", which is not a file name and would lead elsewhere");
            if (!seen.Add(node.Name)) throw Hostile(folder, $"it holds \"{name}\" twice");
        }
    }

    private static HoldfastException Hostile(FilePath folder, string why) => new(
        FailureKind.Damaged,
        $"the snapshot's folder \"{folder.Display}\" is refused: {why}",
        "this snapshot was tampered with, or written by a faulty program: use another one");

    private sealed class NameComparer : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static NameComparer Instance { get; } = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> name)
        {
            var hash = default(HashCode);
            hash.AddBytes(name.Span);
            return hash.ToHashCode();
        }
    }
}
