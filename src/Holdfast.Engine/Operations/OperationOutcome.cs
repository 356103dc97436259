namespace Holdfast.Engine.Operations;

/// <summary>How an operation ended.</summary>
public sealed record OperationOutcome(OperationState State)
{
    /// <summary>What it came to, as the operation's own document.</summary>
    public string? Json { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    public string? Hint { get; init; }

    /// <summary>Nothing is left to be put back, whatever was remembered while it ran.</summary>
    public bool Settles { get; init; }
}
