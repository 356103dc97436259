using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Supervision;

/// <summary>A process that ends on a signal. It is held on to by its descriptor, so that no other process is ever signalled in its place.</summary>
internal sealed class ProcessSupervisor(ServiceControl.Process control, TimeSpan timeout, ServiceSurroundings surroundings) : ISupervisor
{
    private readonly ServiceProgram _programs = new(surroundings);
    private readonly PidFile _file = new(FilePath.From(control.PidFile), surroundings.Clock);

    public string Subject => $"the process of \"{_file.Display}\"";

    public Task<ServiceState> StateAsync(CancellationToken cancellationToken) =>
        Task.FromResult(_file.Process() is { } process ? ServiceState.Running(process) : ServiceState.Stopped);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_file.Process() is not { } identity) return;
        using var process = ProcessHandle.TryOpen(identity);
        if (process is null) return;
        process.Signal(control.Signal);
        if (await Waiting.UntilAsync(() => process.HasExited, timeout, surroundings.Clock, cancellationToken).ConfigureAwait(false)) return;
        throw new HoldfastException(
            FailureKind.Failed,
            $"the application was not stopped: process {identity.Id} still runs {timeout.TotalSeconds:0.###} s after signal {control.Signal}",
            "stop it by hand, or give it more time with `service.timeout`; Holdfast does not kill an application that may be in the middle of a write");
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (RunsAnew(out var trouble)) return;
        var started = control.Start is { } start ? _programs.StartDetached(start) : null;
        var failed = false;
        var ended = await Waiting.UntilAsync(Look, timeout, surroundings.Clock, cancellationToken).ConfigureAwait(false);
        if (ended && !failed) return;
        var code = started?.TryExitCode();
        // What does not work must not go on in secret, and hold the files that are to be put back.
        started?.SignalGroup(9);
        throw new HoldfastException(
            FailureKind.Failed,
            $"the application was not started: {Why(code)}{(trouble is null ? string.Empty : $": {trouble}")}{_programs.LogTail()}",
            control.Start is null ? "start it by hand, or add `start` to `service.process` in the manifest" : "run it by hand to see what it lacks");

        bool Look()
        {
            if (started?.TryExitCode() is not null and not 0) return failed = true;
            return RunsAnew(out trouble);
        }
    }

    // The new process may not have got to writing its file while the number in the old one belongs to someone else already.
    // When it never does, what is wrong with the file may be all that is.
    private bool RunsAnew(out string? trouble)
    {
        trouble = null;
        try
        {
            return _file.Process() is not null;
        }
        catch (HoldfastException error)
        {
            trouble = error.Message;
            return false;
        }
    }

    private string Why(int? code) => (control.Start, code) switch
    {
        (null, _) => $"nothing started it again within {timeout.TotalSeconds:0.###} s",
        ({ } start, null or 0) => $"no running process stood in \"{_file.Display}\" {timeout.TotalSeconds:0.###} s after {ServiceProgram.Show(start)}",
        ({ } start, _) => $"{ServiceProgram.Show(start)} ended with exit code {code}",
    };
}
