using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Drills;

/// <summary>Runs checks one after another and keeps what they found. A check that cannot run has failed.</summary>
internal sealed class CheckList(TimeProvider clock)
{
    private readonly List<DrillCheck> _checks = [];

    internal IReadOnlyList<DrillCheck> Checks => _checks;

    internal bool AllPassed => _checks.TrueForAll(check => check.Passed);

    /// <param name="name">As in <see cref="DrillCheck"/>.</param>
    /// <param name="subject">Harmless for terminals.</param>
    /// <param name="look">Returns what is wrong, one phrase each; none when all is well.</param>
    /// <param name="figures">What was seen when nothing is wrong.</param>
    internal void Run(string name, string subject, Func<IReadOnlyList<string>> look, string? figures = null)
    {
        var started = clock.GetTimestamp();
        IReadOnlyList<string> wrong;
        try
        {
            wrong = look();
        }
        catch (HoldfastException error)
        {
            wrong = [error.Message];
        }

        Add(name, subject, wrong, clock.GetElapsedTime(started), figures);
    }

    /// <inheritdoc cref="Run"/>
    /// <exception cref="HoldfastException">Unavailable, NoSpace: it is the machine that failed, and not what is checked.</exception>
    internal async Task RunAsync(string name, string subject, Func<Task<IReadOnlyList<string>>> look, string? figures = null)
    {
        var started = clock.GetTimestamp();
        IReadOnlyList<string> wrong;
        try
        {
            wrong = await look().ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is not (FailureKind.Unavailable or FailureKind.NoSpace))
        {
            wrong = [error.Message];
        }

        Add(name, subject, wrong, clock.GetElapsedTime(started), figures);
    }

    /// <param name="name">As in <see cref="DrillCheck"/>.</param>
    /// <param name="subject">Harmless for terminals.</param>
    /// <param name="wrong">One phrase each.</param>
    /// <param name="duration">How long it took.</param>
    /// <param name="figures">What was seen when nothing is wrong.</param>
    internal void Add(string name, string subject, IReadOnlyList<string> wrong, TimeSpan duration, string? figures = null)
    {
        const int Shown = 5;
        var more = wrong.Count > Shown ? $"; and {wrong.Count - Shown} more" : string.Empty;
        var detail = wrong.Count == 0 ? figures : string.Join("; ", wrong.Take(Shown)) + more;
        _checks.Add(new DrillCheck(name, subject, wrong.Count == 0, detail, duration.TotalSeconds));
    }
}
