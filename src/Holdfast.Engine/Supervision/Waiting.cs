namespace Holdfast.Engine.Supervision;

/// <summary>Looks again and again until something is so, by the clock.</summary>
internal static class Waiting
{
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>False when it was not so within the time. It is looked at once at least.</summary>
    internal static async Task<bool> UntilAsync(
        Func<Task<bool>> condition, TimeSpan timeout, TimeSpan interval, TimeProvider clock, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (!await condition().ConfigureAwait(false))
        {
            if (clock.GetElapsedTime(started) + interval > timeout) return false;
            await Task.Delay(interval, clock, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    internal static Task<bool> UntilAsync(
        Func<bool> condition, TimeSpan timeout, TimeProvider clock, CancellationToken cancellationToken) =>
        UntilAsync(() => Task.FromResult(condition()), timeout, Interval, clock, cancellationToken);
}
