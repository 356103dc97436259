namespace Holdfast.Engine.Drills;

/// <summary>How long a drill will take, from the one before.</summary>
public static class BudgetForecast
{
    /// <summary>The last drill's duration, longer or shorter as there is more or less to restore; null when nothing is known.</summary>
    /// <param name="last">The drill that was recorded last; null when there was none.</param>
    /// <param name="bytes">What is to be restored; null when not known.</param>
    public static TimeSpan? Expected(DrillRecord? last, long? bytes)
    {
        if (last is null || last.Duration <= TimeSpan.Zero) return null;
        // A part of it does not grow with the bytes; to take all of it as growing errs on the safe side for what grew, and little otherwise.
        return last.Bytes > 0 && bytes is { } now ? last.Duration * Math.Min(1000, (double)now / last.Bytes) : last.Duration;
    }
}
