using System.Text;
using System.Text.Json;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Trees;

/// <summary>The fields of one node while it is being read, in whatever order they come.</summary>
internal sealed class NodeFields
{
    private byte[]? _name;
    private string? _type;
    private uint _mode;
    private Timestamp _modifiedAt = Timestamp.Unset;
    private Timestamp _accessedAt = Timestamp.Unset;
    private Timestamp _changedAt = Timestamp.Unset;
    private uint _uid;
    private uint _gid;
    private string? _user;
    private string? _group;
    private ulong _inode;
    private ulong _deviceId;
    private ulong _size;
    private ulong _links;
    private byte[]? _linkTarget;
    private byte[]? _rawLinkTarget;
    private IReadOnlyList<ExtendedAttribute> _extendedAttributes = [];
    private string? _genericAttributes;
    private ulong _device;
    private Id[]? _content;
    private Id? _subtree;
    private string? _error;

    /// <summary>A <see cref="FieldReader{T}"/>: takes the field the reader is at.</summary>
    public static bool Read(ref Utf8JsonReader reader, NodeFields node) =>
        node.ReadIdentity(ref reader) || node.ReadMetadata(ref reader) || node.ReadNumbers(ref reader) || node.ReadRest(ref reader);

    /// <exception cref="FormatException">There is no name or no type.</exception>
    public Node ToNode() => new()
    {
        Name = _name ?? throw new FormatException("a node has no name"),
        Type = NodeTypeNames.TypeOf(_type ?? throw new FormatException("a node has no type")),
        Mode = _mode,
        ModifiedAt = _modifiedAt,
        AccessedAt = _accessedAt,
        ChangedAt = _changedAt,
        Uid = _uid,
        Gid = _gid,
        User = _user,
        Group = _group,
        Inode = _inode,
        DeviceId = _deviceId,
        Size = _size,
        Links = _links,
        LinkTarget = (_rawLinkTarget ?? _linkTarget) is { } target ? new ReadOnlyMemory<byte>(target) : default(ReadOnlyMemory<byte>?),
        ExtendedAttributes = _extendedAttributes,
        GenericAttributes = _genericAttributes,
        Device = _device,
        Content = _content,
        Subtree = _subtree,
        Error = _error,
    };

    private bool ReadIdentity(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("name"u8)) _name = ReadName(ref reader);
        else if (reader.ValueTextEquals("type"u8)) _type = JsonRead.Text(ref reader);
        else if (reader.ValueTextEquals("content"u8)) _content = ReadContent(ref reader);
        else if (reader.ValueTextEquals("subtree"u8)) _subtree = JsonRead.OptionalId(ref reader);
        else return false;
        return true;
    }

    private bool ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("mode"u8)) _mode = JsonRead.Number32(ref reader);
        else if (reader.ValueTextEquals("mtime"u8)) _modifiedAt = JsonRead.Time(ref reader);
        else if (reader.ValueTextEquals("atime"u8)) _accessedAt = JsonRead.Time(ref reader);
        else if (reader.ValueTextEquals("ctime"u8)) _changedAt = JsonRead.Time(ref reader);
        else if (reader.ValueTextEquals("uid"u8)) _uid = JsonRead.Number32(ref reader);
        else if (reader.ValueTextEquals("gid"u8)) _gid = JsonRead.Number32(ref reader);
        else if (reader.ValueTextEquals("user"u8)) _user = JsonRead.Text(ref reader);
        else if (reader.ValueTextEquals("group"u8)) _group = JsonRead.Text(ref reader);
        else return false;
        return true;
    }

    private bool ReadNumbers(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("inode"u8)) _inode = JsonRead.Number(ref reader);
        else if (reader.ValueTextEquals("device_id"u8)) _deviceId = JsonRead.Number(ref reader);
        else if (reader.ValueTextEquals("size"u8)) _size = JsonRead.Number(ref reader);
        else if (reader.ValueTextEquals("links"u8)) _links = JsonRead.Number(ref reader);
        else if (reader.ValueTextEquals("device"u8)) _device = JsonRead.Number(ref reader);
        else return false;
        return true;
    }

    private bool ReadRest(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("linktarget"u8)) _linkTarget = JsonRead.Value(ref reader) ? JsonRead.Utf8(ref reader) : null;
        else if (reader.ValueTextEquals("linktarget_raw"u8)) _rawLinkTarget = ReadRawTarget(ref reader);
        else if (reader.ValueTextEquals("extended_attributes"u8)) _extendedAttributes = ReadExtendedAttributes(ref reader);
        else if (reader.ValueTextEquals("generic_attributes"u8)) _genericAttributes = ReadGenericAttributes(ref reader);
        else if (reader.ValueTextEquals("error"u8)) _error = JsonRead.Text(ref reader);
        else return false;
        return true;
    }

    private static byte[] ReadName(ref Utf8JsonReader reader)
    {
        reader.Read();
        return GoQuoting.Unquote(JsonRead.Utf8(ref reader));
    }

    private static byte[]? ReadRawTarget(ref Utf8JsonReader reader) =>
        JsonRead.Bytes(ref reader) is { Length: > 0 } target ? target : null;

    // A database of many gigabytes has a list of 100,000 and more: nothing but the IDs themselves is allocated.
    private static Id[]? ReadContent(ref Utf8JsonReader reader)
    {
        if (!JsonRead.Value(ref reader)) return null;
        JsonRead.Expect(ref reader, JsonTokenType.StartArray);
        var ids = new List<Id>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) ids.Add(JsonRead.ReadId(ref reader));
        return ids.ToArray();
    }

    private static List<ExtendedAttribute> ReadExtendedAttributes(ref Utf8JsonReader reader)
    {
        var attributes = new List<ExtendedAttribute>();
        if (!JsonRead.Value(ref reader)) return attributes;
        JsonRead.Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var fields = new AttributeFields();
            JsonRead.Fields(ref reader, fields, ReadAttributeField);
            attributes.Add(new ExtendedAttribute(fields.Name ?? throw new FormatException("an extended attribute has no name"), fields.Value));
        }

        return attributes;
    }

    private static bool ReadAttributeField(ref Utf8JsonReader reader, AttributeFields attribute)
    {
        if (reader.ValueTextEquals("name"u8)) attribute.Name = JsonRead.Text(ref reader);
        else if (reader.ValueTextEquals("value"u8)) attribute.Value = JsonRead.Bytes(ref reader);
        else return false;
        return true;
    }

    private static string? ReadGenericAttributes(ref Utf8JsonReader reader)
    {
        if (!JsonRead.Value(ref reader)) return null;
        JsonRead.Expect(ref reader, JsonTokenType.StartObject);
        using var attributes = JsonDocument.ParseValue(ref reader);
        return attributes.RootElement.EnumerateObject().MoveNext() ? attributes.RootElement.GetRawText() : null;
    }

    private sealed class AttributeFields
    {
        public string? Name { get; set; }

        public byte[] Value { get; set; } = [];
    }
}
