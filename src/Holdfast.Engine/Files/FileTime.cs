namespace Holdfast.Engine.Files;

/// <summary>A time as a file system keeps it.</summary>
/// <param name="Seconds">Since 1970-01-01T00:00:00Z; negative before.</param>
/// <param name="Nanoseconds">0 to 999,999,999, added to the seconds.</param>
public readonly record struct FileTime(long Seconds, int Nanoseconds);
