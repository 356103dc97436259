using System.Runtime.InteropServices;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Processes;

/// <summary>
/// A program started in a session of its own (setsid(2)): it outlives this process, signals from the terminal do not reach it, and it holds
/// none of this process's pipes.
/// </summary>
public sealed class DetachedProcess
{
    private int? _exitCode;

    private DetachedProcess(ProcessIdentity identity) => Identity = identity;

    /// <summary>Its id is that of its session and of its process group, too.</summary>
    public ProcessIdentity Identity { get; }

    /// <exception cref="HoldfastException">NotFound: no such program or working directory. Failed: it cannot be run.</exception>
    public static DetachedProcess Start(DetachedProcessOptions options)
    {
        // Otherwise its absence would be reported as that of the program.
        if (options.WorkingDirectory is { } directory) _ = FileSystem.Status(directory, followLinks: true);
        var error = Spawn.Run(options, out var id);
        if (error != 0)
        {
            var absent = error is Errno.NoEntry or Errno.NotDirectory;
            throw new HoldfastException(
                absent ? FailureKind.NotFound : FailureKind.Failed,
                $"cannot run \"{PrintableName.Escape(options.Program)}\": {FileFailure.Words(error)}",
                absent ? "install it, or give its full path" : "check that it may be executed");
        }

        // Even one that has ended is there until it is collected, and nobody else collects it.
        return new DetachedProcess(ProcessIdentity.Of(id) ?? new ProcessIdentity(id, 0));
    }

    /// <summary>Its exit code, 128 plus the signal's number when a signal ended it; null while it runs.</summary>
    public int? TryExitCode()
    {
        if (_exitCode is not null) return _exitCode;
        int collected;
        int status;
        do collected = LibCSpawn.Wait(Identity.Id, out status, LibCSpawn.NoHang);
        while (collected < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);
        // wait(2): the low seven bits are the signal, the next byte the exit code.
        if (collected == Identity.Id) _exitCode = (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
        return _exitCode;
    }

    /// <summary>Sends a signal to it and to all it started that did not leave its group; fine when there is nobody left.</summary>
    /// <param name="signal">The number: 15 for TERM, 9 for KILL.</param>
    public void SignalGroup(int signal)
    {
        // While it is not collected nobody else can have its number.
        if (_exitCode is null || GroupIsOurs()) _ = LibCSpawn.Kill(-Identity.Id, signal);
    }

    // A number is not given to a new process while a group or a session has it (fork(2) picks a free struct pid).
    private bool GroupIsOurs() => ProcessIdentity.Of(Identity.Id) is null;
}
