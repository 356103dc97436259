namespace Holdfast.Restic.Backends.Layers;

/// <summary>How long to go on with storage that fails.</summary>
public sealed record RetryOptions
{
    /// <summary>No attempt begins later than this after the first.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The same before anything has succeeded, and then an attempt that is under way ends with it: a storage that was never reached is more likely named wrongly than away for a moment.
    /// </summary>
    public TimeSpan FirstDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The pause after the first failure; each further one is about twice as long, and at most half of the time that is left.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Told what failed and that it is tried again, in a sentence. Called from any thread.</summary>
    public Action<string>? Notice { get; init; }
}
