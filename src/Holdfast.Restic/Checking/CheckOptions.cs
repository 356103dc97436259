using Holdfast.Restic.Backends;

namespace Holdfast.Restic.Checking;

/// <summary>How thoroughly and how fast to check.</summary>
public sealed record CheckOptions
{
    /// <summary>Read every pack and verify every blob; otherwise only what holds them together is looked at.</summary>
    public bool ReadData { get; init; }

    /// <summary>Which of the packs that the index lists are read, in the order in which they are begun; all of them without it.</summary>
    public Func<IReadOnlyList<StoredFile>, IReadOnlyList<StoredFile>>? Choose { get; init; }

    /// <summary>Told of each pack that was read to its end, and whether all of it is good; from any thread.</summary>
    public Action<StoredFile, bool>? PackRead { get; init; }

    /// <summary>Files read and verified at a time; each takes the memory of one pack.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Called when a step begins, with a short phrase and the bytes it will read (0: not known).</summary>
    public Action<string, long>? StepBegins { get; init; }

    /// <summary>Called with the bytes that were read since the last call, from any thread.</summary>
    public Action<long>? BytesRead { get; init; }
}
