namespace Holdfast.Testing;

/// <summary>A clock that stands still until a test moves it; timers fire on the way, in the order in which they are due. Thread-safe.</summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now;
    private TimeSpan _elapsed;

    public ManualTimeProvider(DateTimeOffset? now = null)
    {
        _now = now ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }

    private int Count
    {
        get
        {
            lock (_gate) return _timers.Count;
        }
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long GetTimestamp()
    {
        lock (_gate) return _elapsed.Ticks;
    }

    /// <summary>Lets time pass.</summary>
    public void Advance(TimeSpan span)
    {
        TimeSpan end;
        lock (_gate) end = _elapsed + span;
        while (TakeDue(end) is { } timer) timer.Fire();
    }

    /// <summary>Sets the time of day as a user or a time server does, or as it is after the machine slept; no timer notices.</summary>
    public void JumpBy(TimeSpan span)
    {
        lock (_gate) _now += span;
    }

    /// <summary>
    /// Lets time pass from timer to timer until the task has ended. Time stands still while none is armed, so that it does not matter how long the
    /// task works in between.
    /// </summary>
    /// <param name="task">What waits for this clock now and then.</param>
    /// <param name="longestPause">It never waits for longer than this at a time: timers that are further away are not what it waits for.</param>
    public async Task<T> FollowAsync<T>(Task<T> task, TimeSpan longestPause)
    {
        await Conditions.Eventually("the task has ended", () =>
        {
            if (!task.IsCompleted) AdvanceToNextTimer(longestPause);
            return task.IsCompleted;
        });
        return await task;
    }

    /// <summary>Lets time pass in steps, each as soon as so many timers are armed: whoever waits for this clock has had its turn before it goes on.</summary>
    public async Task AdvanceByAsync(TimeSpan span, TimeSpan step, Task meanwhile, int timers)
    {
        for (var passed = TimeSpan.Zero; passed < span; passed += step)
        {
            await Conditions.Eventually($"{timers} timers are armed", () => meanwhile.IsCompleted || Count >= timers);
            if (meanwhile.IsCompleted) return;
            Advance(step);
        }
    }

    /// <summary>Waits until so many timers are armed; whoever waits for this clock has had its turn then.</summary>
    public Task WaitForTimersAsync(int count) => Conditions.Eventually($"{count} timers are armed", () => Count >= count);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private void AdvanceToNextTimer(TimeSpan farthest)
    {
        TimeSpan? span;
        lock (_gate) span = _timers.Count == 0 ? null : _timers.Min(timer => timer.Due) - _elapsed;
        if (span <= farthest) Advance(span.Value);
    }

    private ManualTimer? TakeDue(TimeSpan end)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            var until = next?.Due ?? end;
            if (until < _elapsed) until = _elapsed;
            _now += until - _elapsed;
            _elapsed = until;
            if (next is null) return null;
            if (next.Period > TimeSpan.Zero) next.Due += next.Period;
            else _timers.Remove(next);
            return next;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                owner._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = owner._elapsed + dueTime;
                Period = period;
                owner._timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (owner._gate) owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
