using System.Globalization;
using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Processes;

/// <summary>
/// Knows the processes that use nobody's files: those of the system itself, and those that have ended but were not collected.
/// </summary>
internal static class SystemProcesses
{
    private const int StatLimit = 4096;

    /// <summary>PF_KTHREAD, a thread of the kernel, in the ninth field of /proc/PID/stat (proc_pid_stat(5); linux/sched.h).</summary>
    private const uint KernelThread = 0x0020_0000;

    /// <summary>The first field behind the command is the third.</summary>
    private const int FlagsAfterCommand = 6;

    /// <summary>PROC_PID_INIT_INO: the number of the PID namespace that the machine started with (linux/proc_ns.h).</summary>
    private static ReadOnlySpan<byte> FirstNamespace => "pid:[4026531836]"u8;

    /// <exception cref="HoldfastException">NotFound: it ended.</exception>
    internal static bool Contains(int id)
    {
        try
        {
            return HasNoFiles(id) || (id == 1 && IsFirstNamespace());
        }
        catch (HoldfastException error) when (FileFailure.IsRefused(error))
        {
            // /proc can be mounted so that other users' processes tell nothing of themselves (hidepid, proc(5)).
            return false;
        }
    }

    private static bool HasNoFiles(int id)
    {
        var path = FilePath.From("/proc").Combine(id.ToString(CultureInfo.InvariantCulture)).Combine("stat");
        var stat = Encoding.Latin1.GetString(FileSystem.ReadAllBytes(path, StatLimit));
        // The command may hold anything, also parentheses and blanks.
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length <= FlagsAfterCommand) return false;
        var isThread = uint.TryParse(fields[FlagsAfterCommand], CultureInfo.InvariantCulture, out var flags) && (flags & KernelThread) != 0;
        // Z and X: a zombie, or dead.
        return isThread || fields[0] is "Z" or "X";
    }

    // In a container process 1 may well be the application.
    private static bool IsFirstNamespace() =>
        FileSystem.ReadLink(FilePath.From("/proc/self/ns/pid")).AsSpan().SequenceEqual(FirstNamespace);
}
