using System.Text.Json;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Trees;

/// <summary>
/// Reads the plaintext of a tree blob (section 7). Tolerates what restic does: unknown fields, null for absent lists, a missing
/// final line feed, names in any order. Whether a name may be used as a path is for the restorer to ask (<see cref="NodeName.IsSafe"/>).
/// </summary>
public static class TreeParser
{
    /// <exception cref="HoldfastException">Damaged: not a tree, or a value does not fit its field.</exception>
    public static IReadOnlyList<Node> Parse(ReadOnlySpan<byte> json)
    {
        var tree = new Tree();
        JsonRead.Document(json, "a tree", tree, ReadTreeField);
        if (!tree.HasNodes) throw new HoldfastException(FailureKind.Damaged, "a tree has no list of nodes");
        return tree.Nodes;
    }

    private static bool ReadTreeField(ref Utf8JsonReader reader, Tree tree)
    {
        if (!reader.ValueTextEquals("nodes"u8)) return false;
        tree.HasNodes = true;
        tree.Nodes.Clear();
        if (!JsonRead.Value(ref reader)) return true;
        JsonRead.Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var fields = new NodeFields();
            JsonRead.Fields(ref reader, fields, NodeFields.Read);
            tree.Nodes.Add(fields.ToNode());
        }

        return true;
    }

    private sealed class Tree
    {
        public List<Node> Nodes { get; } = [];

        public bool HasNodes { get; set; }
    }
}
