using System.Globalization;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Files;

/// <summary>A process that cannot be mistaken for a later one of the same number: its id and when it started.</summary>
/// <param name="Id">The process id, in this process's PID namespace.</param>
/// <param name="StartTicks">When it started, in clock ticks since boot (proc(5), /proc/PID/stat field 22).</param>
public readonly record struct ProcessIdentity(int Id, ulong StartTicks)
{
    private const int StatLimit = 16 * 1024;

    // Fields of /proc/PID/stat after the command's closing parenthesis: state is field 3, the start time field 22.
    private const int StartField = 22 - 3;

    /// <summary>This process.</summary>
    public static ProcessIdentity Current() =>
        Of(Environment.ProcessId)
        ?? throw new HoldfastException(FailureKind.Failed, "/proc does not show this process: it must be mounted");

    /// <summary>The process that has this number now; null when there is none.</summary>
    public static ProcessIdentity? Of(int id)
    {
        string stat;
        try
        {
            stat = FileSystem.ReadAllText(FilePath.From(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat")), StatLimit);
        }
        catch (HoldfastException e) when (FileFailure.IsVanished(e) || FileFailure.ErrnoOf(e) == Errno.NoProcess)
        {
            return null;
        }

        // The command may itself contain spaces and parentheses.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessIdentity(id, ulong.Parse(fields[StartField], CultureInfo.InvariantCulture));
    }

    /// <summary>True while exactly this process runs (or waits to be reaped).</summary>
    public bool IsAlive() => Of(Id) == this;
}
