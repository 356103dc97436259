using System.Buffers;
using System.Globalization;
using System.Text;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Tar;

/// <summary>The extended header of POSIX pax (pax(1), "pax Extended Header"): what does not fit into the fields of a tar header.</summary>
internal sealed class PaxRecords
{
    private readonly ArrayBufferWriter<byte> _records = new();

    internal bool IsEmpty => _records.WrittenCount == 0;

    internal ReadOnlyMemory<byte> Bytes => _records.WrittenMemory;

    /// <summary>Adds "LENGTH KEY=VALUE\n", where the length counts itself.</summary>
    internal void Add(string key, ReadOnlySpan<byte> value)
    {
        var rest = Encoding.UTF8.GetByteCount(key) + value.Length + 3;
        var length = rest + Digits(rest);
        if (Digits(length) != Digits(rest)) length = rest + Digits(length);
        _records.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length} {key}=")));
        _records.Write(value);
        _records.Write("\n"u8);
    }

    internal void Add(string key, string value) => Add(key, Encoding.UTF8.GetBytes(value));

    /// <summary>Seconds with their fraction, which the field of the header has no room for.</summary>
    internal void AddTime(string key, Timestamp time)
    {
        // Before 1970 the fraction counts down from the second, as a decimal number is written.
        var (seconds, fraction) = (time.UnixSeconds, time.Nanoseconds);
        var sign = string.Empty;
        if (seconds < 0)
        {
            sign = "-";
            (seconds, fraction) = fraction == 0 ? (-seconds, 0) : (-seconds - 1, 1_000_000_000 - fraction);
        }

        Add(key, string.Create(CultureInfo.InvariantCulture, $"{sign}{seconds}.{fraction:000000000}").TrimEnd('0').TrimEnd('.'));
    }

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
}
