using System.Globalization;
using Holdfast.Engine.Files;

namespace Holdfast.Engine.Processes;

/// <summary>
/// A variable in the environment of a program and of all that it starts, which says whose they are. By it nobody else's process is ever taken for
/// one's own, also not in another container that counts its processes from one.
/// </summary>
public static class ProcessMark
{
    public const string Variable = "HOLDFAST_STARTED_BY";

    private static long s_last;

    /// <summary>A new one of this process.</summary>
    public static string Create()
    {
        var own = ProcessIdentity.Current();
        return string.Create(CultureInfo.InvariantCulture, $"{Namespace()}-{own.Id}-{own.StartTicks}-{Interlocked.Increment(ref s_last)}");
    }

    /// <summary>The processes that have it.</summary>
    public static IEnumerable<ProcessIdentity> Bearers(string mark) =>
        ProcessTable.WithVariable(Variable).Where(found => found.Value == mark).Select(found => found.Process);

    /// <summary>Kills the processes that have it. Returns how many there were.</summary>
    public static int End(string mark) => End(other => other == mark);

    /// <summary>Kills what was started so by processes that are gone. Returns how many there were.</summary>
    public static int EndOrphans()
    {
        var here = Namespace();
        return End(mark => OwnerOf(mark, here) is { } owner && ProcessTable.Find(owner.Id) != owner);
    }

    private static int End(Predicate<string> isWanted)
    {
        var count = 0;
        foreach (var (identity, mark) in ProcessTable.WithVariable(Variable))
        {
            if (identity.Id == Environment.ProcessId || !isWanted(mark)) continue;
            using var process = ProcessHandle.TryOpen(identity);
            process?.Signal(9);
            count++;
        }

        return count;
    }

    private static ProcessIdentity? OwnerOf(string mark, string here)
    {
        var parts = mark.Split('-');
        return parts.Length == 4 && parts[0] == here
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && ulong.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
                ? new ProcessIdentity(id, start)
                : null;
    }

    // pid:[4026531836]
    private static string Namespace() =>
        string.Concat(System.Text.Encoding.ASCII.GetString(FileSystem.ReadLink(FilePath.From("/proc/self/ns/pid"))).Where(char.IsAsciiDigit));
}
