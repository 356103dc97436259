namespace Holdfast.Restic.Failures;

/// <summary>
/// The one exception of the product: what happened, in words for a person; what to do now (<see cref="Hint"/>);
/// and its kind, from which the edge derives the exit code.
/// </summary>
public sealed class HoldfastException : Exception
{
    public HoldfastException(FailureKind kind, string message, string? hint = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Kind = kind;
        Hint = hint;
    }

    public FailureKind Kind { get; }

    /// <summary>What the user can do about it, one sentence; null when there is nothing better than the message.</summary>
    public string? Hint { get; }

    /// <summary>
    /// True when the same may succeed if it is tried again a little later, with nothing changed by anybody: a connection broke, a server was
    /// overloaded.
    /// </summary>
    public bool IsTransient { get; init; }

    /// <summary>True when this is about the storage as a whole, so that the next file will meet the same.</summary>
    public bool IsOfStorage => Kind is FailureKind.Unavailable or FailureKind.Refused;

    /// <summary>The process exit code documented in the guide.</summary>
    public int ExitCode => Kind switch
    {
        FailureKind.Usage => 2,
        FailureKind.NoRepository => 10,
        FailureKind.Locked => 11,
        FailureKind.WrongKey => 12,
        FailureKind.Interrupted => 130,
        FailureKind.OutputClosed => 141,
        _ => 1,
    };
}
