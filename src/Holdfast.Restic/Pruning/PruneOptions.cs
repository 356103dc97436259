using System.Collections.Frozen;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Pruning;

/// <summary>How much room prune makes, and at which cost (section 10.3).</summary>
public sealed record PruneOptions
{
    /// <summary>How many bytes that nothing needs may stay in packs beside others that are needed.</summary>
    public UnusedLimit MaximumUnused { get; init; } = UnusedLimit.Default;

    /// <summary>Bytes of packs that are copied at most; packs of trees are copied in any case. Null for no limit.</summary>
    public long? MaximumRepack { get; init; }

    /// <summary>Copy only packs of trees, which a local cache holds.</summary>
    public bool OnlyTrees { get; init; }

    /// <summary>Join also packs that are only somewhat smaller than usual.</summary>
    public bool JoinSmall { get; init; }

    /// <summary>Compress what was stored before the repository could compress.</summary>
    public bool CompressData { get; init; }

    /// <summary>A repository without any snapshot is emptied. Otherwise its snapshots are taken to be out of sight, and nothing is removed.</summary>
    public bool AcceptsNoSnapshots { get; init; }

    /// <summary>Snapshots that are still there and are to be removed before: what only they need counts as needed by none.</summary>
    public IReadOnlySet<Id> Forgotten { get; init; } = FrozenSet<Id>.Empty;

    /// <summary>Packs read and verified at a time.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Called when a step begins, with a short phrase and the bytes it will read (0: not known).</summary>
    public Action<string, long>? StepBegins { get; init; }

    /// <summary>Called with the bytes that were done since the last call, from any thread.</summary>
    public Action<long>? BytesDone { get; init; }
}
