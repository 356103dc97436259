using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Supervision;

/// <summary>
/// Takes an application down and up again around a change of its files, and does not believe it before it is seen: after a stop nobody may
/// answer, after a start the answer must come from a new process.
/// </summary>
public sealed class ServiceLifecycle
{
    private static readonly TimeSpan SilenceTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ShortestGrace = TimeSpan.FromSeconds(10);

    private readonly ServiceDeclaration _service;
    private readonly ISupervisor _supervisor;
    private readonly HealthCheck? _health;
    private readonly TimeProvider _clock;

    public ServiceLifecycle(ServiceDeclaration service, ServiceSurroundings surroundings)
        : this(service, surroundings, Supervisors.For(service, surroundings))
    {
    }

    /// <summary>With a supervisor of a test's own.</summary>
    internal ServiceLifecycle(ServiceDeclaration service, ServiceSurroundings surroundings, ISupervisor supervisor)
    {
        _service = service;
        _supervisor = supervisor;
        _clock = surroundings.Clock;
        _health = service.Health is { } health ? new HealthCheck(health, surroundings) : null;
    }

    /// <summary>What is looked after, for messages; harmless for terminals.</summary>
    public string Subject => _supervisor.Subject;

    /// <summary>As <see cref="ISupervisor.Hindrance"/>; harmless for terminals.</summary>
    public string? Hindrance => _supervisor.Hindrance;

    /// <summary>Null when the manifest has Holdfast leave the application alone.</summary>
    /// <param name="manifest">Of the application.</param>
    /// <param name="logFolder">As in <see cref="ServiceSurroundings.Of"/>.</param>
    /// <param name="clock">The clock of timeouts.</param>
    public static ServiceLifecycle? For(ApplicationManifest manifest, FilePath? logFolder, TimeProvider clock) =>
        manifest.Service is { } service ? new ServiceLifecycle(service, ServiceSurroundings.Of(manifest, logFolder, clock)) : null;

    /// <summary>Looks whether the application runs; changes nothing. One whose programs are not there does not run, unless somebody answers in its place.</summary>
    /// <exception cref="HoldfastException">It cannot be told: an unknown unit, a pid file of another process.</exception>
    public async Task<ServiceSnapshot> ObserveAsync(CancellationToken cancellationToken)
    {
        var state = await _supervisor.StateAsync(cancellationToken).ConfigureAwait(false);
        switch (state.Condition)
        {
            case ServiceCondition.Running:
                return new ServiceSnapshot(true, state.Process, state.Process is { } process ? $"it runs as process {process.Id}" : "it runs");
            case ServiceCondition.Stopped:
                return new ServiceSnapshot(false, null, "it does not run");
        }

        var hindrance = _supervisor.Hindrance;
        if (_health is not { CanAsk: true })
        {
            return hindrance is null
                ? new ServiceSnapshot(true, null, "nothing tells whether it runs, so it is taken as running")
                : new ServiceSnapshot(false, null, $"{hindrance}, so it is taken as stopped");
        }

        var answer = await _health.AskAsync(cancellationToken).ConfigureAwait(false);
        return answer.Grade == HealthGrade.Silent || (!answer.IsGood && _service.Health!.Probe is HealthProbe.Command)
            ? new ServiceSnapshot(false, null, $"nobody answers whether it is healthy ({answer.Seen}), so it is taken as stopped")
            : new ServiceSnapshot(true, null, $"somebody answers whether it is healthy ({answer.Seen}), so it is taken as running");
    }

    /// <summary>Stops the application, also when it was not seen running, and makes sure of it. May be repeated.</summary>
    /// <exception cref="HoldfastException">Failed: it runs, or somebody answers in its place.</exception>
    public async Task StopAndConfirmAsync(ServiceSnapshot before, CancellationToken cancellationToken)
    {
        // Without anything that tells, a stop that nobody needs could fail for that reason alone.
        if (before.WasRunning || await ConditionAsync(cancellationToken).ConfigureAwait(false) == ServiceCondition.Running)
            await _supervisor.StopAsync(cancellationToken).ConfigureAwait(false);
        await ConfirmStoppedAsync(before, cancellationToken).ConfigureAwait(false);
        if (_health is { CanAsk: true }) await _health.WaitUntilSilentAsync(SilenceTimeout, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts the application if it ran before, and makes sure that it works and is a new process. May be repeated.</summary>
    /// <param name="before">What was found before the stop.</param>
    /// <param name="cancellationToken">Ends the waiting; what was started goes on.</param>
    /// <exception cref="HoldfastException">Failed: it did not start, is not healthy, ended again, or is the old process.</exception>
    public async Task<ServiceStart> StartAndConfirmAsync(ServiceSnapshot before, CancellationToken cancellationToken)
    {
        if (!before.WasRunning) return new ServiceStart(false, null, null, "the application did not run before, so it was not started");
        await _supervisor.StartAsync(cancellationToken).ConfigureAwait(false);
        var state = await _supervisor.StateAsync(cancellationToken).ConfigureAwait(false);
        if (state.Process is not null && state.Process == before.Process) throw StillTheOld(state.Process.Value);
        var answer = _health is null
            ? null
            : await _health.WaitUntilHealthyAsync(() => HasEnded(state.Process), cancellationToken).ConfigureAwait(false);
        // What was healthy must be what was started, and not fall over right after it.
        var after = await _supervisor.StateAsync(cancellationToken).ConfigureAwait(false);
        if (after.Condition == ServiceCondition.Stopped) throw Fell("it has ended again");
        if (state.Process is { } first && after.Process is { } second && first != second)
            throw Fell($"process {first.Id} has ended and was followed by process {second.Id}: it does not stay up");
        var which = after.Process is { } process ? $" as process {process.Id}" : string.Empty;
        return new ServiceStart(true, after.Process, answer, answer is null ? $"the application was started{which}" : $"the application was started{which} and is healthy ({answer.Seen})");
    }

    /// <summary>Waits once more for an application that was asked to stop and had not ended in time: it must not be started before, nor be left to end unseen.</summary>
    /// <param name="before">What was found before the stop.</param>
    /// <param name="isLate">The stop is long ago, so that it is not given all of its time again.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What the old one has come to.</returns>
    /// <exception cref="HoldfastException">It cannot be told.</exception>
    public async Task<LateStop> WaitForLateStopAsync(ServiceSnapshot before, bool isLate, CancellationToken cancellationToken)
    {
        var timeout = isLate || _service.Timeout < ShortestGrace ? ShortestGrace : _service.Timeout;
        var result = LateStop.Running;
        await Waiting.UntilAsync(LookAsync, timeout, Waiting.Interval, _clock, cancellationToken).ConfigureAwait(false);
        return result;

        async Task<bool> LookAsync()
        {
            var state = await _supervisor.StateAsync(cancellationToken).ConfigureAwait(false);
            var isAnother = state.Process is { } now && before.Process is { } then && now != then;
            result = state switch
            {
                { Condition: ServiceCondition.Running, IsStaying: true } when !isAnother => LateStop.Staying,
                { Condition: ServiceCondition.Running } when !isAnother => LateStop.Running,
                _ => before.Process is { } old && ProcessTable.Find(old.Id) == old ? LateStop.Running : LateStop.Ended,
            };
            return result != LateStop.Running;
        }
    }

    private static string? HasEnded(ProcessIdentity? process) =>
        process is { } started && ProcessTable.Find(started.Id) != started ? $"process {started.Id} has ended" : null;

    private async Task<ServiceCondition> ConditionAsync(CancellationToken cancellationToken) =>
        (await _supervisor.StateAsync(cancellationToken).ConfigureAwait(false)).Condition;

    private async Task ConfirmStoppedAsync(ServiceSnapshot before, CancellationToken cancellationToken)
    {
        var state = ServiceState.Unknown;
        var stopped = await Waiting.UntilAsync(LookAsync, _service.Timeout, Waiting.Interval, _clock, cancellationToken).ConfigureAwait(false);
        if (!stopped)
        {
            var again = state.Process is { } now && now != before.Process;
            throw new HoldfastException(
                FailureKind.Failed,
                again
                    ? $"{Subject} was stopped, but something started it again as process {state.Process!.Value.Id}"
                    : $"{Subject} was stopped, but it is said to be running still",
                again
                    ? "have whatever watches over it leave it stopped meanwhile, or let Holdfast stop that instead (`service` in the manifest)"
                    : "look whether it runs, and stop it by hand");
        }

        if (before.Process is { } old && ProcessTable.Find(old.Id) == old && !await EndsAsync(old, cancellationToken).ConfigureAwait(false))
        {
            throw new HoldfastException(
                FailureKind.Failed, $"{Subject} is said to be stopped, but its process {old.Id} still runs", "wait until it has ended, or stop it by hand");
        }

        async Task<bool> LookAsync()
        {
            state = await _supervisor.StateAsync(cancellationToken).ConfigureAwait(false);
            return state.Condition != ServiceCondition.Running;
        }
    }

    private async Task<bool> EndsAsync(ProcessIdentity identity, CancellationToken cancellationToken)
    {
        using var process = ProcessHandle.TryOpen(identity);
        return process is null
            || await Waiting.UntilAsync(() => process.HasExited, _service.Timeout, _clock, cancellationToken).ConfigureAwait(false);
    }

    private HoldfastException StillTheOld(ProcessIdentity process) => new(
        FailureKind.Failed,
        $"{Subject} was started, but it is still the process {process.Id} that ran before: it did not see the change of its files",
        "stop it by hand and start it again");

    private HoldfastException Fell(string why) => new(
        FailureKind.Failed, $"{Subject} was started, but {why}", "look into the application's own log to see why");
}
