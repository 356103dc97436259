namespace Holdfast.Restic.Statistics;

/// <summary>How statistics are taken.</summary>
public sealed record StatisticsOptions
{
    /// <summary>Trees read at a time.</summary>
    public int Workers { get; init; } = 8;

    /// <summary>Told what begins.</summary>
    public Action<string>? StepBegins { get; init; }

    /// <summary>Told of every tree that was read.</summary>
    public Action? TreeDone { get; init; }
}
