namespace Holdfast.Tests.Engine.Backups;

/// <summary>The system's clock, on which a wait of up to a second takes no time: locks need not settle where nobody else is.</summary>
internal sealed class ImpatientClock : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime <= TimeSpan.FromSeconds(1) ? TimeSpan.Zero : dueTime, period);
}
