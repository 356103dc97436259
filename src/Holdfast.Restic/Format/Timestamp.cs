using System.Text;

namespace Holdfast.Restic.Format;

/// <summary>
/// A point in time to the nanosecond with the UTC offset it was recorded in (section 7.2). .NET's own types end at 100 ns and cannot hold
/// year 0. Ordered by instant; equal only when the offsets are equal too, because the offset is part of what is written.
/// </summary>
/// <param name="UnixSeconds">Seconds since 1970-01-01T00:00:00Z; may be negative.</param>
/// <param name="Nanoseconds">0 to 999,999,999, added to the seconds.</param>
/// <param name="OffsetMinutes">The local offset in minutes east of UTC.</param>
public readonly record struct Timestamp(long UnixSeconds, int Nanoseconds, int OffsetMinutes) : IComparable<Timestamp>
{
    /// <summary>What an absent time is written as: 0001-01-01T00:00:00Z.</summary>
    public static readonly Timestamp Unset = new(FirstSecond, 0, 0);

    /// <summary>The most bytes <see cref="WriteTo"/> writes.</summary>
    public const int MaximumLength = 35;

    // The range of DateTime: 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
    private const long FirstSecond = -62_135_596_800;
    private const long LastSecond = 253_402_300_799;
    private const int NanosecondsPerTick = 100;

    public static bool operator <(Timestamp left, Timestamp right) => left.CompareTo(right) < 0;

    public static bool operator >(Timestamp left, Timestamp right) => left.CompareTo(right) > 0;

    public static bool operator <=(Timestamp left, Timestamp right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Timestamp left, Timestamp right) => left.CompareTo(right) >= 0;

    /// <summary>The instant with the offset that <paramref name="zone"/> has at it.</summary>
    /// <param name="seconds">Seconds since 1970-01-01T00:00:00Z, any value a file system can hold.</param>
    /// <param name="nanoseconds">0 to 999,999,999.</param>
    /// <param name="zone">Where the file was recorded, normally the local zone.</param>
    public static Timestamp FromUnix(long seconds, int nanoseconds, TimeZoneInfo zone)
    {
        var instant = DateTime.UnixEpoch.AddTicks(Math.Clamp(seconds, FirstSecond, LastSecond) * TimeSpan.TicksPerSecond);
        return new Timestamp(seconds, nanoseconds, (int)zone.GetUtcOffset(instant).TotalMinutes);
    }

    public static Timestamp FromDateTimeOffset(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - DateTime.UnixEpoch.Ticks;
        var seconds = CivilDate.FloorDivide(ticks, TimeSpan.TicksPerSecond);
        var rest = (int)(ticks - (seconds * TimeSpan.TicksPerSecond));
        return new Timestamp(seconds, rest * NanosecondsPerTick, (int)time.Offset.TotalMinutes);
    }

    /// <exception cref="FormatException">The text is not a time of the format.</exception>
    public static Timestamp Parse(string text) =>
        TryParse(text, out var time) ? time : throw new FormatException("not an RFC 3339 time");

    public static bool TryParse(string text, out Timestamp time) => TryParse(Encoding.UTF8.GetBytes(text), out time);

    /// <summary>Reads RFC 3339 as restic does: upper-case T and Z, an offset with a colon, digits beyond nanoseconds dropped.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out Timestamp time) => TimestampText.TryParse(utf8, out time);

    /// <summary>
    /// The same instant for display and arithmetic in .NET, cut to 100 ns. Instants beyond the years 1 to 9999 become the nearest end,
    /// and an offset .NET cannot hold (over 14 hours) becomes UTC.
    /// </summary>
    public DateTimeOffset ToDateTimeOffset()
    {
        if (UnixSeconds < FirstSecond) return DateTimeOffset.MinValue;
        if (UnixSeconds > LastSecond) return DateTimeOffset.MaxValue;
        var ticks = DateTime.UnixEpoch.Ticks + (UnixSeconds * TimeSpan.TicksPerSecond) + (Nanoseconds / NanosecondsPerTick);
        var local = ticks + (OffsetMinutes * TimeSpan.TicksPerMinute);
        var representable = Math.Abs(OffsetMinutes) <= 14 * 60 && local >= 0 && local <= DateTime.MaxValue.Ticks;
        return representable
            ? new DateTimeOffset(local, TimeSpan.FromMinutes(OffsetMinutes))
            : new DateTimeOffset(ticks, TimeSpan.Zero);
    }

    /// <summary>Orders by instant alone.</summary>
    public int CompareTo(Timestamp other)
    {
        var order = UnixSeconds.CompareTo(other.UnixSeconds);
        return order != 0 ? order : Nanoseconds.CompareTo(other.Nanoseconds);
    }

    /// <summary>Writes the time as the format has it and returns the number of bytes, at most <see cref="MaximumLength"/>.</summary>
    public int WriteTo(Span<byte> utf8) => TimestampText.Write(this, utf8);

    public override string ToString()
    {
        Span<byte> utf8 = stackalloc byte[MaximumLength];
        return Encoding.ASCII.GetString(utf8[..WriteTo(utf8)]);
    }
}
