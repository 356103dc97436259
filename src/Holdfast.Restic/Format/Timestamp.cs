namespace Holdfast.Restic.Format;

/// <summary>
/// A point in time to the nanosecond with the UTC offset it was recorded in (section 7.2). .NET's own types end at 100 ns and cannot hold year 0.
/// </summary>
/// <param name="UnixSeconds">Seconds since 1970-01-01T00:00:00Z; may be negative.</param>
/// <param name="Nanoseconds">0 to 999,999,999, added to the seconds.</param>
/// <param name="OffsetMinutes">The local offset in minutes east of UTC.</param>
public readonly record struct Timestamp(long UnixSeconds, int Nanoseconds, int OffsetMinutes);
