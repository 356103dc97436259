namespace Holdfast.Restic.Copying;

/// <summary>How snapshots are copied.</summary>
public sealed record CopyOptions
{
    /// <summary>Ranges read, verified and sealed anew at a time. Each may need some 40 MB, because a piece may have 8 MiB.</summary>
    public int Workers { get; init; } = Math.Min(Environment.ProcessorCount, 4);

    /// <summary>
    /// So many stored bytes end a batch, whose snapshots are written when all of it is durable. Many small snapshots then share packs instead of
    /// leaving tiny ones behind.
    /// </summary>
    public long BatchBytes { get; init; } = 16 << 20;

    /// <summary>Told what begins.</summary>
    public Action<string>? StepBegins { get; init; }

    /// <summary>Told of bytes of content that the target has now and had not.</summary>
    public Action<long>? BytesDone { get; init; }

    /// <summary>Asked before a snapshot is written: throws when the lock was lost.</summary>
    public Action? ThrowIfLost { get; init; }
}
