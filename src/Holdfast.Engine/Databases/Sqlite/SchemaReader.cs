using System.Buffers.Binary;
using System.Text;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>One row of sqlite_schema, as far as it is needed.</summary>
internal sealed record SchemaObject(string Type, string Name, uint RootPage);

/// <summary>Reads the rows of sqlite_schema from the pages of an image (https://sqlite.org/fileformat2.html, sections 1.6, 2.1 and 2.6).</summary>
internal sealed class SchemaReader(SqliteImage image, DamageList damage)
{
    // The columns needed stand before the SQL text; only a name of absurd length could push them further back.
    private const int MaximumPayload = 1 << 18;

    private readonly int _usable = image.PageSize - image.Header.ReservedBytes;
    private readonly Encoding _encoding = image.Header.TextEncoding switch
    {
        2 => Encoding.Unicode,
        3 => Encoding.BigEndianUnicode,
        _ => Encoding.UTF8,
    };

    /// <summary>The objects on one leaf page of the schema's tree; a row that does not decode is damage.</summary>
    public IReadOnlyList<SchemaObject> ObjectsOn(uint number)
    {
        var page = new byte[image.PageSize];
        image.Read((number - 1L) * image.PageSize, page);
        var leaf = BtreePage.Read(page, number, _usable);
        var objects = new List<SchemaObject>(leaf.CellCount);
        for (var i = 0; i < leaf.CellCount; i++)
        {
            if (Decode(Payload(page, leaf.CellAt(page, i))) is { } item) objects.Add(item);
            else damage.Add(number, $"row {i + 1} of the schema on it cannot be read", "sqlite_schema");
        }

        return objects;
    }

    private byte[] Payload(byte[] page, int cell)
    {
        var bytes = page.AsSpan(cell, _usable - cell);
        if (!RecordDecoder.TryVarint(ref bytes, out var size) || !RecordDecoder.TryVarint(ref bytes, out _) || size < 0) return [];
        var maximum = _usable - 35;
        var minimum = (_usable - 12) * 32 / 255 - 23;
        var rest = minimum + (int)((size - minimum) % (_usable - 4));
        var local = size <= maximum ? (int)size : rest <= maximum ? rest : minimum;
        if (local > bytes.Length) return [];
        var payload = new byte[Math.Min(size, MaximumPayload)];
        bytes[..Math.Min(local, payload.Length)].CopyTo(payload);
        if (local >= payload.Length) return payload;
        return bytes.Length >= local + 4 && FollowOverflow(BinaryPrimitives.ReadUInt32BigEndian(bytes[local..]), payload.AsSpan(local)) ? payload : [];
    }

    private bool FollowOverflow(uint next, Span<byte> rest)
    {
        var page = new byte[image.PageSize];
        while (!rest.IsEmpty)
        {
            if (next < 2 || next > image.PageCount) return false;
            image.Read((next - 1L) * image.PageSize, page);
            next = BinaryPrimitives.ReadUInt32BigEndian(page);
            var part = Math.Min(rest.Length, _usable - 4);
            page.AsSpan(4, part).CopyTo(rest);
            rest = rest[part..];
        }

        return true;
    }

    private SchemaObject? Decode(byte[] payload)
    {
        var record = new RecordDecoder(payload);
        if (!record.TryText(_encoding, out var type) || !record.TryText(_encoding, out var name) || !record.TryText(_encoding, out _)) return null;
        // Views and triggers have 0 or NULL here.
        if (!record.TryInteger(out var root)) return null;
        return root is < 0 or > uint.MaxValue ? null : new SchemaObject(type, name, (uint)root);
    }
}
