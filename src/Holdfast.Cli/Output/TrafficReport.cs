using Holdfast.Engine.Progress;
using Holdfast.Restic.Backends.Layers;

namespace Holdfast.Cli.Output;

/// <summary>What was asked of a storage that is far away, in a sentence: requests are what many services charge for.</summary>
internal static class TrafficReport
{
    internal static string Of(BackendTraffic traffic)
    {
        var kinds = new[]
        {
            (traffic.Lists, "list", "lists"), (traffic.Stats, "look", "looks"), (traffic.Reads, "read", "reads"),
            (traffic.Writes, "write", "writes"), (traffic.Deletes, "deletion", "deletions"),
        };
        var parts = string.Join(", ", kinds.Where(kind => kind.Item1 > 0).Select(kind => HumanFormat.Count(kind.Item1, kind.Item2, kind.Item3)));
        return $"{HumanFormat.Count(traffic.Requests, "request", "requests")} to the storage{(parts.Length > 0 ? $" ({parts})" : string.Empty)}, "
            + $"{HumanFormat.Size(traffic.BytesWritten)} up, {HumanFormat.Size(traffic.BytesRead)} down";
    }
}
