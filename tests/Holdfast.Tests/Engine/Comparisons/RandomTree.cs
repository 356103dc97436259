using System.Text;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Holdfast.Tests.Restic;

namespace Holdfast.Tests.Engine.Comparisons;

/// <summary>Small trees of few names, so that two of them have much in common; made from a seed.</summary>
internal sealed class RandomTree(Random random)
{
    private const int Deepest = 3;
    private static readonly string[] Names = ["a", "b", "c", "d.txt", "ä\n", "z"];
    private static readonly Id[] Chunks = [Id.Of("one"u8), Id.Of("two"u8), Id.Of("three"u8)];

    /// <summary>Saves a tree and returns its ID.</summary>
    public Task<Id> SaveAsync(SampleRepository repository) => SaveAsync(repository, 0);

    /// <summary>Every path of a tree with what it is, folders too.</summary>
    public static async Task<SortedDictionary<string, Node>> FlattenAsync(Func<Id, Task<IReadOnlyList<Node>>> read, Id tree, string prefix = "")
    {
        var paths = new SortedDictionary<string, Node>(StringComparer.Ordinal);
        foreach (var node in await read(tree))
        {
            var path = $"{prefix}/{Encoding.UTF8.GetString(node.Name.Span)}";
            paths.Add(path, node);
            if (node.Type != NodeType.Directory) continue;
            foreach (var (below, child) in await FlattenAsync(read, node.Subtree!.Value, path)) paths.Add(below, child);
        }

        return paths;
    }

    private async Task<Id> SaveAsync(SampleRepository repository, int depth)
    {
        var nodes = new List<Node>();
        foreach (var name in Names.Where(_ => random.Next(2) == 0).OrderBy(name => name, StringComparer.Ordinal))
            nodes.Add(await NodeAsync(repository, name, depth));
        return await repository.SaveTreeAsync([.. nodes]);
    }

    private async Task<Node> NodeAsync(SampleRepository repository, string name, int depth)
    {
        var node = random.Next(depth < Deepest ? 5 : 3) switch
        {
            0 => new Node { Name = Encoding.UTF8.GetBytes(name), Type = NodeType.Symlink, LinkTarget = random.Next(2) == 0 ? "x"u8.ToArray() : "y"u8.ToArray() },
            1 or 2 => SampleRepository.File(name, (ulong)random.Next(3), [.. Chunks.Where(_ => random.Next(3) == 0)]),
            _ => SampleRepository.Directory(name, await SaveAsync(repository, depth + 1)),
        };
        return node with { Mode = node.Mode | (random.Next(4) == 0 ? 0x180u : 0x1A4u), Uid = (uint)random.Next(10) / 9 };
    }
}
