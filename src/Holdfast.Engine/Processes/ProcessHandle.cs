using System.Runtime.InteropServices;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Processes;

/// <summary>Holds on to one process (pidfd_open(2)): a later one of the same number is never signalled or awaited in its place.</summary>
public sealed class ProcessHandle : IDisposable
{
    private readonly SafeFileHandle _handle;

    private ProcessHandle(ProcessIdentity identity, SafeFileHandle handle)
    {
        Identity = identity;
        _handle = handle;
    }

    public ProcessIdentity Identity { get; }

    /// <summary>Null when exactly this process does not run any more.</summary>
    /// <exception cref="HoldfastException">Failed: the system does not let it be opened.</exception>
    public static ProcessHandle? TryOpen(ProcessIdentity identity)
    {
        var handle = new SafeFileHandle(LibCSpawn.Open(LibCSpawn.OpenProcess, identity.Id, 0), ownsHandle: true);
        if (handle.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            return error == Errno.NoProcess ? null : throw Failure("look after", identity, error);
        }

        // Only now can the number not change hands between the question and the act.
        if (ProcessTable.Find(identity.Id) == identity) return new ProcessHandle(identity, handle);
        handle.Dispose();
        return null;
    }

    /// <summary>Ended, even when nobody has collected it yet.</summary>
    public unsafe bool HasExited
    {
        get
        {
            var poll = new LibCSpawn.PollDescriptor { Descriptor = (int)_handle.DangerousGetHandle(), Events = LibCSpawn.Readable };
            return LibCSpawn.Poll(&poll, 1, 0) > 0;
        }
    }

    /// <summary>Sends a signal; fine when the process has ended.</summary>
    /// <exception cref="HoldfastException">Failed: this user may not.</exception>
    public void Signal(int signal)
    {
        if (LibCSpawn.Send(LibCSpawn.SendSignal, _handle, signal, 0, 0) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        if (error != Errno.NoProcess) throw Failure($"send signal {signal} to", Identity, error);
    }

    public void Dispose() => _handle.Dispose();

    private static HoldfastException Failure(string operation, ProcessIdentity identity, int error) => new(
        FailureKind.Failed,
        $"cannot {operation} process {identity.Id}: {FileFailure.Words(error)}",
        "run as root or as the user that the process belongs to");
}
