namespace Holdfast.Engine.Restores;

/// <summary>What a restore came to.</summary>
public sealed record RestoreResult
{
    /// <summary>Files that are there, whole; databases not counted.</summary>
    public required long Files { get; init; }

    public required long Databases { get; init; }

    /// <summary>Bytes of the contents of both.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes that were taken from what was there before instead of from the repository.</summary>
    public long BytesReused { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>Something of the snapshot is damaged in the repository, so that it is not proven any more.</summary>
    public bool FoundDamage { get; init; }

    /// <summary>What could not be restored as it was, one sentence each. Not empty: done only in part (exit code 3).</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>What the user should know though nothing is wrong.</summary>
    public required IReadOnlyList<string> Notices { get; init; }

    public bool IsPartial => Problems.Count > 0;
}
