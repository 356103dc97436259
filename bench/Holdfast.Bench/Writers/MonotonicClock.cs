using System.Runtime.InteropServices;

namespace Holdfast.Bench.Writers;

/// <summary>CLOCK_MONOTONIC, and waiting for one of its instants to some tens of microseconds, which no timer of the runtime does.</summary>
internal static partial class MonotonicClock
{
    public const long NanosecondsPerSecond = 1_000_000_000;

    private const int Monotonic = 1;
    private const int AbsoluteTime = 1;

    /// <summary>Nanoseconds since some moment in the past.</summary>
    public static long Now()
    {
        _ = GetTime(Monotonic, out var now);
        return (now.Seconds * NanosecondsPerSecond) + now.Nanoseconds;
    }

    /// <summary>Returns at the instant, at once when it has passed (clock_nanosleep(2)).</summary>
    public static void WaitUntil(long instant)
    {
        var time = new TimeSpecification { Seconds = instant / NanosecondsPerSecond, Nanoseconds = instant % NanosecondsPerSecond };
        // A signal ends the wait early; the instant is absolute, so it is just asked for again.
        while (Sleep(Monotonic, AbsoluteTime, time, 0) != 0 && Now() < instant) { }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpecification time);

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int Sleep(int clock, int flags, in TimeSpecification request, nint remaining);
}
