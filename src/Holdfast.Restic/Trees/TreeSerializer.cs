using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Trees;

/// <summary>
/// Writes the plaintext of a tree blob (section 7) byte for byte as restic does: its hash is the tree's ID, so one byte of
/// difference would cost deduplication and make restic refuse to rewrite the snapshot.
/// </summary>
public static class TreeSerializer
{
    /// <returns>The JSON with its closing line feed.</returns>
    /// <exception cref="InvalidOperationException">The nodes are not strictly ascending by name, or one has no name or no known type.</exception>
    public static byte[] Serialize(IReadOnlyList<Node> nodes)
    {
        var output = new ArrayBufferWriter<byte>(Math.Max(256, nodes.Count * 320));
        Write(nodes, output);
        return output.WrittenSpan.ToArray();
    }

    /// <inheritdoc cref="Serialize"/>
    public static void Write(IReadOnlyList<Node> nodes, IBufferWriter<byte> output)
    {
        output.Write("{\"nodes\":["u8);
        for (var i = 0; i < nodes.Count; i++)
        {
            if (nodes[i].Name.IsEmpty) throw new InvalidOperationException("a tree node needs a name");
            if (i > 0)
            {
                if (NodeName.Compare(nodes[i - 1].Name.Span, nodes[i].Name.Span) >= 0) throw OutOfOrder(nodes[i]);
                output.Write(","u8);
            }

            WriteNode(nodes[i], output);
        }

        output.Write("]}\n"u8);
    }

    private static void WriteNode(Node node, IBufferWriter<byte> output)
    {
        var writer = new JsonObjectWriter(output);
        WriteName(ref writer, node.Name.Span);
        writer.Text("type"u8, NodeTypeNames.NameOf(node.Type) ?? throw new InvalidOperationException("an unknown node type cannot be written"));
        writer.NumberUnlessZero("mode"u8, node.Mode);
        writer.Time("mtime"u8, node.ModifiedAt);
        writer.Time("atime"u8, node.AccessedAt);
        writer.Time("ctime"u8, node.ChangedAt);
        writer.Number("uid"u8, node.Uid);
        writer.Number("gid"u8, node.Gid);
        writer.TextUnlessEmpty("user"u8, node.User);
        writer.TextUnlessEmpty("group"u8, node.Group);
        writer.NumberUnlessZero("inode"u8, node.Inode);
        writer.NumberUnlessZero("device_id"u8, node.DeviceId);
        writer.NumberUnlessZero("size"u8, node.Size);
        writer.NumberUnlessZero("links"u8, node.Links);
        WriteLinkTarget(ref writer, node.LinkTarget);
        WriteExtendedAttributes(ref writer, node.ExtendedAttributes);
        if (node.GenericAttributes is { } attributes) writer.Field("generic_attributes"u8).Write(Encoding.UTF8.GetBytes(attributes));
        writer.NumberUnlessZero("device"u8, node.Device);
        WriteContent(writer.Field("content"u8), node.Content);
        writer.IdUnlessAbsent("subtree"u8, node.Subtree);
        writer.TextUnlessEmpty("error"u8, node.Error);
        writer.End();
    }

    private static void WriteName(ref JsonObjectWriter writer, ReadOnlySpan<byte> name)
    {
        var quoted = new ArrayBufferWriter<byte>(name.Length + 16);
        GoQuoting.Quote(name, quoted);
        JsonText.WriteString(writer.Field("name"u8), quoted.WrittenSpan);
    }

    // The readable form loses what is not UTF-8; the raw form then takes precedence.
    private static void WriteLinkTarget(ref JsonObjectWriter writer, ReadOnlyMemory<byte>? target)
    {
        if (target is not { IsEmpty: false } bytes) return;
        JsonText.WriteString(writer.Field("linktarget"u8), bytes.Span);
        if (!Utf8.IsValid(bytes.Span)) JsonText.WriteBase64(writer.Field("linktarget_raw"u8), bytes.Span);
    }

    private static void WriteExtendedAttributes(ref JsonObjectWriter writer, IReadOnlyList<ExtendedAttribute> attributes)
    {
        if (attributes.Count == 0) return;
        var output = writer.Field("extended_attributes"u8);
        var separator = "["u8;
        foreach (var attribute in attributes)
        {
            output.Write(separator);
            var item = new JsonObjectWriter(output);
            item.Text("name"u8, attribute.Name);
            JsonText.WriteBase64(item.Field("value"u8), attribute.Value.Span);
            item.End();
            separator = ","u8;
        }

        output.Write("]"u8);
    }

    private static void WriteContent(IBufferWriter<byte> output, IReadOnlyList<Id>? content)
    {
        if (content is null)
        {
            output.Write("null"u8);
            return;
        }

        output.Write("["u8);
        for (var i = 0; i < content.Count; i++)
        {
            if (i > 0) output.Write(","u8);
            JsonText.WriteId(output, content[i]);
        }

        output.Write("]"u8);
    }

    private static InvalidOperationException OutOfOrder(Node node) =>
        new($"tree nodes must be strictly ascending by name; \"{GoQuoting.Quote(node.Name.Span)}\" is not");
}
