namespace Holdfast.Restic.Repairing;

/// <summary>How a repair works.</summary>
public sealed record RepairOptions
{
    /// <summary>Packs or trees read at a time.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>For the age of index files.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Called when a step begins, with a short phrase and the bytes it will read (0: not known).</summary>
    public Action<string, long>? StepBegins { get; init; }

    /// <summary>Called with the bytes that were done since the last call, from any thread.</summary>
    public Action<long>? BytesDone { get; init; }
}
