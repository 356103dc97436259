using System.Text;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>Reads the columns of a record one after the other (https://sqlite.org/fileformat2.html, section 2.1).</summary>
internal ref struct RecordDecoder
{
    private Span<byte> _types;
    private Span<byte> _values;

    public RecordDecoder(Span<byte> record)
    {
        var rest = record;
        if (!TryVarint(ref rest, out var headerSize) || headerSize > record.Length || headerSize < record.Length - rest.Length) return;
        _types = record[(record.Length - rest.Length)..(int)headerSize];
        _values = record[(int)headerSize..];
    }

    /// <summary>A variable-length integer of 1 to 9 bytes.</summary>
    public static bool TryVarint(ref Span<byte> bytes, out long value)
    {
        value = 0;
        for (var i = 0; i < 9 && i < bytes.Length; i++)
        {
            var b = bytes[i];
            value = i == 8 ? (value << 8) | b : (value << 7) | (uint)(b & 0x7f);
            if (i < 8 && (b & 0x80) != 0) continue;
            bytes = bytes[(i + 1)..];
            return true;
        }

        return false;
    }

    /// <summary>The next column as text; false when it is something else.</summary>
    public bool TryText(Encoding encoding, out string text)
    {
        text = "";
        if (!TryVarint(ref _types, out var type) || type < 13 || (type & 1) == 0) return false;
        var length = (type - 13) / 2;
        if (length > _values.Length) return false;
        text = encoding.GetString(_values[..(int)length]);
        _values = _values[(int)length..];
        return true;
    }

    /// <summary>The next column as an integer, NULL as 0; false when it is something else.</summary>
    public bool TryInteger(out long value)
    {
        value = 0;
        if (!TryVarint(ref _types, out var type)) return false;
        if (type is 0 or 8) return true;
        value = type == 9 ? 1 : 0;
        if (type == 9) return true;
        var length = type switch { >= 1 and <= 4 => (int)type, 5 => 6, 6 => 8, _ => -1 };
        if (length < 0 || length > _values.Length) return false;
        value = (sbyte)_values[0];
        foreach (var b in _values[1..length]) value = (value << 8) | b;
        _values = _values[length..];
        return true;
    }
}
