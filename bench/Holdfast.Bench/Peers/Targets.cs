namespace Holdfast.Bench.Peers;

/// <summary>One number to reach: Holdfast's against the peer's, or against a fixed limit.</summary>
/// <param name="Value">What is compared: the ratio, or the bytes.</param>
/// <param name="Limit">The largest value that meets the target.</param>
internal sealed record Target(string Job, string Peer, string Holdfast, double Value, double Limit, bool IsRatio)
{
    public bool Met => Value <= Limit;

    public string ValueText => IsRatio ? Text.Ratio(Value) : "–";

    public string LimitText => "≤ " + (IsRatio ? Text.Ratio(Limit) : Text.Bytes(Limit));

    public string Verdict => Met ? "met" : Text.Format($"missed by {100 * ((Value / Limit) - 1):F0} %");

    public override string ToString() => $"{Job}: {Peer} against {Holdfast}, ratio {ValueText}, target {LimitText}: {Verdict}";
}

/// <summary>The numbers to reach.</summary>
internal static class Targets
{
    private const double MostMemory = 200e6;
    private const double MostLatency = 1.2;

    public static IReadOnlyList<Target> Of(PeersReport report) => [.. Ratios(report), .. Memory(report), .. Latency(report)];

    private static IEnumerable<Target> Ratios(PeersReport report)
    {
        yield return Time("first backup, time", run => run.First, 1.0 / 3);
        yield return Size("first backup, stored", run => run.Stored, 1.2);
        yield return Time("backup after 1 % of the pages changed, time", run => run.Changed, 0.1);
        yield return Size("backup after 1 % of the pages changed, added", run => run.Added, 0.1);
        yield return Time("restore, verified", ToolResult.Verified, 0.5);

        Target Time(string job, Func<ToolRun, Measurement> number, double limit)
        {
            var (peer, own) = (report.Restic.Seconds(number), report.Holdfast.Seconds(number));
            return new(job, Text.Seconds(peer), Text.Seconds(own), own / peer, limit, IsRatio: true);
        }

        Target Size(string job, Func<ToolRun, long> number, double limit)
        {
            var (peer, own) = (report.Restic.Bytes(number), report.Holdfast.Bytes(number));
            return new(job, Text.Bytes(peer), Text.Bytes(own), own / peer, limit, IsRatio: true);
        }
    }

    private static IEnumerable<Target> Memory(PeersReport report)
    {
        yield return Peak("first backup", run => run.First);
        yield return Peak("backup after the change", run => run.Changed);
        yield return Peak("restore", ToolResult.Verified);
        if (report.Large is not { } large) yield break;
        var size = Text.Bytes(large.Size);
        yield return Alone($"first backup of {size}", large.First);
        yield return Alone($"backup again of {size}", large.Again);
        yield return Alone($"restore of {size}", large.Restore);

        Target Peak(string job, Func<ToolRun, Measurement> number)
        {
            var (peer, own) = (report.Restic.PeakBytes(number), report.Holdfast.PeakBytes(number));
            return new($"{job}, peak memory", Text.Bytes(peer), Text.Bytes(own), own, MostMemory, IsRatio: false);
        }

        static Target Alone(string job, Measurement own) =>
            new($"{job}, peak memory", "not measured", Text.Bytes(own.PeakBytes), own.PeakBytes, MostMemory, IsRatio: false);
    }

    private static IEnumerable<Target> Latency(PeersReport report) => report.Writers.Select(writer => new Target(
        $"a live writer's p99, synchronous={writer.Synchronous}",
        "idle " + Text.Milliseconds(writer.Idle.P99),
        "during " + Text.Milliseconds(writer.During.P99),
        writer.During.P99 / writer.Idle.P99,
        MostLatency,
        IsRatio: true));
}
