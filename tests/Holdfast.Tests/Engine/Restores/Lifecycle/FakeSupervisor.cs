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

    private int _starts;

    public Task<ServiceState> StateAsync(CancellationToken cancellationToken) =>
        Task.FromResult(Runs ? ServiceState.Running(new ProcessIdentity(_process, ulong.MaxValue)) : ServiceState.Stopped);

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Calls.Add("stop");
        Runs = false;
        OnStop();
        cancellationToken.ThrowIfCancellationRequested();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Calls.Add("start");
        OnStart(++_starts);
        (_process, Runs) = (_process + 1, true);
        return Task.CompletedTask;
    }

    public static HoldfastException Broken() => new(FailureKind.Failed, "it does not start");
}
