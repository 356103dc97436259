using System.Globalization;
using System.Runtime.InteropServices;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Processes;

/// <summary>
/// A program in a session of its own that does not outlive this process, not even when this process is killed: a watchdog waits for the end of
/// a pipe that only this process holds, and kills the program's group then.
/// </summary>
public sealed class GuardedProcess : IAsyncDisposable
{
    /// <summary>The usual request to end.</summary>
    public const int Term = 15;

    private const int Kill = 9;

    private const string Watch = "read -r over || kill -s KILL -- \"-$1\"";

    // Ten seconds for a program that has more to take away than its group.
    private const string PatientWatch = """
        read -r over && exit
        kill -s "$2" -- "-$1"
        left=100
        while kill -s 0 -- "-$1" && [ "$left" -gt 0 ]; do sleep 0.1; left=$((left - 1)); done
        kill -s KILL -- "-$1"
        """;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan CollectionTime = TimeSpan.FromSeconds(5);

    private readonly DetachedProcess _program;
    private readonly DetachedProcess _watchdog;
    private readonly SafeFileHandle _lifeline;
    private readonly TimeProvider _clock;
    private readonly int _endSignal;
    private bool _ended;

    private GuardedProcess(string mark, DetachedProcess program, DetachedProcess watchdog, SafeFileHandle lifeline, TimeProvider clock, int endSignal) =>
        (Mark, _program, _watchdog, _lifeline, _clock, _endSignal) = (mark, program, watchdog, lifeline, clock, endSignal);

    /// <summary>What the program and all that it starts have in their environment: <see cref="ProcessMark"/>.</summary>
    public string Mark { get; }

    public ProcessIdentity Identity => _program.Identity;

    /// <summary>Starts the program; one that does not exist ends with exit code 127, as shells say it.</summary>
    /// <param name="options">What to run; it reads nothing.</param>
    /// <param name="clock">The clock of its end.</param>
    /// <param name="endSignal">
    /// What ends it politely. One of its own is sent by the watchdog, too, before it kills: for servers whose children are not of its group.
    /// </param>
    /// <exception cref="HoldfastException">Failed: there is no /bin/sh, or no more processes may be started.</exception>
    public static GuardedProcess Start(DetachedProcessOptions options, TimeProvider clock, int endSignal = Term)
    {
        var mark = ProcessMark.Create();
        // It waits behind a gate until the watchdog stands: it never runs unguarded. Should this process die now, the gate never opens.
        var (gate, opener) = Pipe();
        var (end, lifeline) = Pipe();
        using (gate)
        using (opener)
        using (end)
        {
            var program = DetachedProcess.Start(options with
            {
                Program = "/bin/sh",
                Arguments = ["-c", "read -r go && exec \"$@\" </dev/null", "sh", options.Program, .. options.Arguments],
                Environment = new Dictionary<string, string?>(options.Environment, StringComparer.Ordinal) { [ProcessMark.Variable] = mark },
                Input = gate,
            });
            var watchdog = DetachedProcess.Start(new DetachedProcessOptions
            {
                Program = "/bin/sh",
                Arguments =
                [
                    "-c", endSignal == Term ? Watch : PatientWatch, "sh",
                    program.Identity.Id.ToString(CultureInfo.InvariantCulture), endSignal.ToString(CultureInfo.InvariantCulture),
                ],
                Input = end,
            });
            FileContent.Write(opener, "\n"u8, FilePath.From("/dev/null"));
            return new GuardedProcess(mark, program, watchdog, lifeline, clock, endSignal);
        }
    }

    /// <summary>As <see cref="DetachedProcess.TryExitCode"/>.</summary>
    public int? TryExitCode() => _program.TryExitCode();

    /// <summary>Ends the program and all it started: politely first, and after the grace not. May be repeated.</summary>
    public async Task EndAsync(TimeSpan grace)
    {
        if (_ended) return;
        _ended = true;
        try
        {
            _program.SignalGroup(_endSignal);
            await EndsAsync(grace);
        }
        finally
        {
            _program.SignalGroup(Kill);
            // What left the group, as daemons do, still has the mark.
            ProcessMark.End(Mark);
            FileContent.Write(_lifeline, "\n"u8, FilePath.From("/dev/null"));
            _lifeline.Dispose();
        }

        await EndsAsync(CollectionTime);
        _ = _watchdog.TryExitCode();
    }

    /// <summary>Ends it at once.</summary>
    public async ValueTask DisposeAsync() => await EndAsync(TimeSpan.Zero);

    private async Task EndsAsync(TimeSpan within)
    {
        var started = _clock.GetTimestamp();
        while (_program.TryExitCode() is null && _clock.GetElapsedTime(started) < within)
            await Task.Delay(PollInterval, _clock, CancellationToken.None);
    }

    private static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        Span<int> ends = stackalloc int[2];
        if (LibCSpawn.Pipe(ends, OpenFlags.CloseOnExec) != 0)
            throw new HoldfastException(FailureKind.Failed, $"cannot make a pipe: {FileFailure.Words(Marshal.GetLastPInvokeError())}", "raise the limit of open files (ulimit -n)");
        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }
}
