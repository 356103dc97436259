namespace Holdfast.Bench.Peers;

/// <summary>One run of a program.</summary>
/// <param name="Seconds">Wall time.</param>
/// <param name="PeakBytes">The largest resident set.</param>
/// <param name="CpuSeconds">User and system time of all its threads.</param>
internal sealed record Measurement(double Seconds, long PeakBytes, double CpuSeconds);

/// <summary>The runs of one job, or one number of several runs.</summary>
internal static class Medians
{
    public static double Median(this IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0) return double.NaN;
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
