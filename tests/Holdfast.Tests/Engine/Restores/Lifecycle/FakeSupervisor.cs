using Holdfast.Engine.Files;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;

namespace Holdfast.Tests.Engine.Restores.Lifecycle;

/// <summary>An application that runs or not, in memory, and fails when told to.</summary>
internal sealed class FakeSupervisor : ISupervisor
{
    private int _process = 100;

    public string Subject => "the fake";

    public bool Runs { get; private set; } = true;

    public List<string> Calls { get; } = [];

    /// <summary>Told before each start; may throw.</summary>
    public Action<int> OnStart { get; set; } = _ => { };

    public Action OnStop { get; set; } = () => { };

    /// <summary>The call that never returns, as in a process that is killed during it.</summary>
    public string? HangsAt { get; set; }

    /// <summary>Done when that call was made.</summary>
    public Task Hangs => _hangs.Task;

    private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _never = new();
    private int _starts;

    public Task<ServiceState> StateAsync(CancellationToken cancellationToken) =>
        Task.FromResult(Runs ? ServiceState.Running(new ProcessIdentity(_process, ulong.MaxValue)) : ServiceState.Stopped);

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Calls.Add("stop");
        Runs = false;
        OnStop();
        cancellationToken.ThrowIfCancellationRequested();
        return EndAsync("stop");
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Calls.Add("start");
        OnStart(++_starts);
        (_process, Runs) = (_process + 1, true);
        return EndAsync("start");
    }

    private Task EndAsync(string call)
    {
        if (call != HangsAt) return Task.CompletedTask;
        _hangs.TrySetResult();
        return _never.Task;
    }

    public static HoldfastException Broken() => new(FailureKind.Failed, "it does not start");
}
