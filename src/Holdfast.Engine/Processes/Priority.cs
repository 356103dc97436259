using System.Globalization;
using System.Text;
using Holdfast.Engine.Files;

namespace Holdfast.Engine.Processes;

/// <summary>What became of lowering a process's priority.</summary>
/// <param name="Threads">Threads now at the lower CPU priority.</param>
/// <param name="Refused">How many of the requests (CPU or I/O) the system refused, as sandboxes do.</param>
public readonly record struct PriorityResult(int Threads, int Refused);

/// <summary>Makes this process a polite neighbour of the application it backs up.</summary>
public static class Priority
{
    private const int Process = 0; // PRIO_PROCESS; on Linux it means one thread
    private const int Nice = 10;
    private const int IoThread = 1; // IOPRIO_WHO_PROCESS
    private const int LowestBestEffort = (2 << 13) | 7; // IOPRIO_CLASS_BE, level 7 of 0..7 (ioprio_set(2))

    /// <summary>
    /// Gives every thread nice 10 and the lowest best-effort I/O priority; threads and child processes started later inherit both from
    /// the thread that starts them. A thread that is nicer already stays so. Cannot be undone by an ordinary user.
    /// </summary>
    public static PriorityResult LowerForThisProcess()
    {
        var seen = new HashSet<uint>();
        var refused = 0;
        // A thread may be started by one not lowered yet while we look: look until there is no new one.
        bool found;
        do
        {
            found = false;
            foreach (var entry in DirectoryListing.Read(FilePath.From("/proc/self/task")))
            {
                var thread = uint.Parse(Encoding.ASCII.GetString(entry.Name), CultureInfo.InvariantCulture);
                if (!seen.Add(thread)) continue;
                found = true;
                refused += Lower(thread);
            }
        }
        while (found);
        return new PriorityResult(seen.Count, refused);
    }

    private static int Lower(uint thread)
    {
        var refused = 0;
        var nice = LibCProcesses.GetPriority(Process, thread);
        if (nice < Nice && LibCProcesses.SetPriority(Process, thread, Nice) != 0 && LibC.LastError != Errno.NoProcess) refused++;
        if (LibCProcesses.SetIoPriority(SystemCallNumber.SetIoPriority, IoThread, (nint)thread, LowestBestEffort) != 0
            && LibC.LastError != Errno.NoProcess)
            refused++;
        return refused;
    }
}
