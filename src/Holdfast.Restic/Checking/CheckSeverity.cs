namespace Holdfast.Restic.Checking;

/// <summary>What a finding means for the repository.</summary>
public enum CheckSeverity
{
    /// <summary>Untidy or unusual; nothing is lost and nothing needs to be done.</summary>
    Hint,

    /// <summary>Something is damaged, missing or contradicts the format.</summary>
    Error,
}
