using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Supervision;

/// <summary>Programs that stop and start the application and say whether it runs.</summary>
internal sealed class CommandSupervisor(ServiceControl.Commands control, TimeSpan timeout, ServiceSurroundings surroundings) : ISupervisor
{
    private readonly ServiceProgram _programs = new(surroundings);

    public string Subject => "the application";

    public string? Hindrance => control switch
    {
        { Status: { } status } when !_programs.IsThere(status) => $"the program {ServiceProgram.Show(status)} that says whether it runs is not there, or not executable",
        { Status: null } when !_programs.IsThere(control.Stop) => $"the program {ServiceProgram.Show(control.Stop)} that stops it is not there, or not executable",
        _ => null,
    };

    public Task<ServiceState> StateAsync(CancellationToken cancellationToken) =>
        Hindrance is null ? AskAsync(cancellationToken) : Task.FromResult(ServiceState.Unknown);

    private async Task<ServiceState> AskAsync(CancellationToken cancellationToken)
    {
        if (control.Status is not { } status) return ServiceState.Unknown;
        var result = await _programs.RunAsync(status, timeout, cancellationToken).ConfigureAwait(false);
        return result.ExitCode switch
        {
            0 => ServiceState.Running(null),
            // A signal ended the question, not the application.
            > 128 => ServiceState.Unknown,
            _ => ServiceState.Stopped,
        };
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (await IsAsync(ServiceCondition.Stopped, cancellationToken).ConfigureAwait(false)) return;
        var result = await _programs.RunAsync(control.Stop, timeout, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw new HoldfastException(
                FailureKind.Failed,
                $"the application was not stopped: {ServiceProgram.Show(control.Stop)} ended with exit code {result.ExitCode}{OutputTail.InLine(result)}",
                "run it by hand; if it fails because the application is stopped already, add `status` to `service` in the manifest");
        }

        if (control.Status is null || await BecomesAsync(ServiceCondition.Stopped, null, cancellationToken).ConfigureAwait(false)) return;
        throw new HoldfastException(
            FailureKind.Failed,
            $"the application still runs after {ServiceProgram.Show(control.Stop)}: {ServiceProgram.Show(control.Status)} says so",
            "run both by hand; `service.stop` must end when the application has stopped");
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await IsAsync(ServiceCondition.Running, cancellationToken).ConfigureAwait(false)) return;
        var started = _programs.StartDetached(control.Start);
        if (await BecomesAsync(ServiceCondition.Running, started, cancellationToken).ConfigureAwait(false)) return;
        var code = started.TryExitCode();
        // What does not work must not go on in secret, and hold the files that are to be put back.
        started.SignalGroup(9);
        var why = code switch
        {
            null => $"{ServiceProgram.Show(control.Start)} was not done within {timeout.TotalSeconds:0.###} s",
            0 => $"{ServiceProgram.Show(control.Start)} ended well, but {ServiceProgram.Show(control.Status ?? [])} says that it does not run",
            _ => $"{ServiceProgram.Show(control.Start)} ended with exit code {code}",
        };
        throw new HoldfastException(
            FailureKind.Failed, $"the application was not started: {why}{_programs.LogTail()}", "run it by hand to see what it lacks; after a restore that went back, in the files of a `holdfast restore --target DIR`");
    }

    private async Task<bool> IsAsync(ServiceCondition condition, CancellationToken cancellationToken) =>
        (await AskAsync(cancellationToken).ConfigureAwait(false)).Condition == condition;

    // A start that stays in the foreground is the application itself: the status tells when it runs. Without one, its end tells.
    private Task<bool> BecomesAsync(ServiceCondition condition, DetachedProcess? started, CancellationToken cancellationToken)
    {
        var failed = false;
        return WaitAsync();

        async Task<bool> WaitAsync()
        {
            var ended = await Waiting.UntilAsync(LookAsync, timeout, Waiting.Interval, surroundings.Clock, cancellationToken).ConfigureAwait(false);
            return ended && !failed;
        }

        async Task<bool> LookAsync()
        {
            var code = started?.TryExitCode();
            if (code is not null and not 0) return failed = true;
            return control.Status is null ? code == 0 : await IsAsync(condition, cancellationToken).ConfigureAwait(false);
        }
    }
}
