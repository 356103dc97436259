namespace Holdfast.Bench.Writers;

/// <summary>The latencies of transactions, in milliseconds.</summary>
internal sealed class Latencies(IEnumerable<double> milliseconds)
{
    private readonly double[] _sorted = [.. milliseconds.Order()];

    public int Count => _sorted.Length;

    public double Median => Percentile(50);

    public double P99 => Percentile(99);

    public double Max => Percentile(100);

    public override string ToString() =>
        FormattableString.Invariant($"{Count} transactions: p50 {Median:F3} ms, p99 {P99:F3} ms, max {Max:F3} ms");

    // Nearest rank: a latency that really happened, at least as long as the given share of all.
    private double Percentile(double percent) => Count == 0 ? double.NaN : _sorted[Math.Max(0, (int)Math.Ceiling(percent / 100 * Count) - 1)];
}
