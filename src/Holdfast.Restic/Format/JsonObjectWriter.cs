using System.Buffers;

namespace Holdfast.Restic.Format;

/// <summary>
/// Writes one JSON object field by field without whitespace, in the order of the calls, which is the order the format prescribes.
/// Methods named after a condition leave the field out as the format does.
/// </summary>
internal struct JsonObjectWriter
{
    private readonly IBufferWriter<byte> _output;
    private bool _started;

    public JsonObjectWriter(IBufferWriter<byte> output)
    {
        _output = output;
        output.Write("{"u8);
    }

    public readonly void End() => _output.Write("}"u8);

    /// <summary>Writes the name and the colon; the caller writes the value to the returned output.</summary>
    public IBufferWriter<byte> Field(ReadOnlySpan<byte> name)
    {
        var span = _output.GetSpan(name.Length + 4);
        var length = 0;
        if (_started) span[length++] = (byte)',';
        span[length++] = (byte)'"';
        name.CopyTo(span[length..]);
        length += name.Length;
        span[length++] = (byte)'"';
        span[length++] = (byte)':';
        _output.Advance(length);
        _started = true;
        return _output;
    }

    public void Text(ReadOnlySpan<byte> name, string value) => JsonText.WriteString(Field(name), value);

    public void TextUnlessEmpty(ReadOnlySpan<byte> name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) Text(name, value);
    }

    public void Number(ReadOnlySpan<byte> name, ulong value) => JsonText.WriteNumber(Field(name), value);

    public void NumberUnlessZero(ReadOnlySpan<byte> name, ulong value)
    {
        if (value != 0) Number(name, value);
    }

    public void Time(ReadOnlySpan<byte> name, Timestamp value) => JsonText.WriteTime(Field(name), value);

    public void IdUnlessAbsent(ReadOnlySpan<byte> name, Id? value)
    {
        if (value is { } id) JsonText.WriteId(Field(name), id);
    }

    public void Texts(ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        var output = Field(name);
        output.Write("["u8);
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0) output.Write(","u8);
            JsonText.WriteString(output, values[i]);
        }

        output.Write("]"u8);
    }

    public void TextsUnlessEmpty(ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        if (values.Count > 0) Texts(name, values);
    }
}
