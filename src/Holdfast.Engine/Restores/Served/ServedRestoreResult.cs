namespace Holdfast.Engine.Restores.Served;

/// <summary>What a restore into a server came to.</summary>
public sealed record ServedRestoreResult
{
    /// <summary>The name of the database.</summary>
    public required string Database { get; init; }

    /// <summary>The name that the replaced database has now; null when there was none, or it was dropped.</summary>
    public string? Kept { get; init; }

    /// <summary>What was saved, and is there again; null where nobody knows.</summary>
    public required int? Tables { get; init; }

    public required long? Rows { get; init; }

    public required TimeSpan Duration { get; init; }

    public required IReadOnlyList<string> Notices { get; init; }
}
