namespace Holdfast.Engine.Drills;

/// <summary>How much a finding matters.</summary>
public enum StatusSeverity
{
    Ok,
    Warning,
    Critical,
}

/// <summary>One thing to know about the proofs of an application.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Message">One sentence, harmless for terminals.</param>
/// <param name="Hint">What to do about it; null when there is nothing to do.</param>
public sealed record StatusFinding(StatusSeverity Severity, string Message, string? Hint);
