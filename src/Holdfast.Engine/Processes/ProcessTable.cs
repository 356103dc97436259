using System.Globalization;
using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Processes;

/// <summary>What /proc tells of processes (proc(5)). Processes of other PID namespaces are not seen.</summary>
public static class ProcessTable
{
    private const int StatLimit = 16 * 1024;
    private const int EnvironmentLimit = 4 << 20;
    private const int ClockTicks = 2; // _SC_CLK_TCK

    private static readonly FilePath Processes = FilePath.From("/proc");

    /// <summary>The process of this number; null when there is none, or it has ended and only waits to be collected.</summary>
    public static ProcessIdentity? Find(int id)
    {
        if (id <= 0) return null;
        try
        {
            var fields = StatOf(id);
            return fields[0] is "Z" or "X" ? null : new ProcessIdentity(id, ulong.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (HoldfastException error) when (IsGone(error))
        {
            return null;
        }
    }

    /// <summary>The number of the process that started it, or took it over.</summary>
    /// <exception cref="HoldfastException">It is gone.</exception>
    internal static int ParentOf(int id) => int.Parse(StatOf(id)[1], CultureInfo.InvariantCulture);

    /// <summary>The words it was started with, each ended by a zero byte.</summary>
    /// <exception cref="HoldfastException">It is gone.</exception>
    internal static byte[] CommandLineOf(int id) => FileSystem.ReadAllBytes(Of(id).Combine("cmdline"), EnvironmentLimit);

    /// <summary>Its command name, at most 15 bytes, harmless for terminals; null when it is gone or does not tell.</summary>
    public static string? NameOf(int id)
    {
        try
        {
            return PrintableName.Escape(FileSystem.ReadAllBytes(Of(id).Combine("comm"), StatLimit).AsSpan().TrimEnd((byte)'\n'));
        }
        catch (HoldfastException error) when (IsGone(error) || FileFailure.IsRefused(error))
        {
            return null;
        }
    }

    /// <summary>When it started, by the clock: exact to a second unless that clock was set meanwhile.</summary>
    /// <param name="identity">The process.</param>
    /// <param name="now">The time of day.</param>
    public static DateTimeOffset StartOf(ProcessIdentity identity, DateTimeOffset now)
    {
        _ = LibCSpawn.Time(LibCSpawn.BootTime, out var sinceBoot);
        var age = sinceBoot.Seconds + (sinceBoot.Nanoseconds / 1e9) - (identity.StartTicks / (double)LibCSpawn.Configuration(ClockTicks));
        return now - TimeSpan.FromSeconds(age);
    }

    /// <summary>The processes that were started with a variable set, and its value; those that this user may look at.</summary>
    public static IReadOnlyList<(ProcessIdentity Process, string Value)> WithVariable(string name)
    {
        var wanted = Encoding.UTF8.GetBytes($"\0{name}=");
        var found = new List<(ProcessIdentity, string)>();
        foreach (var id in Ids())
        {
            // Before its environment is read: a later process of the same number must not pass for it.
            if (Find(id) is { } process && ValueOf(id, wanted) is { } value) found.Add((process, value));
        }

        return found;
    }

    /// <summary>What a process has open for writing: the paths as the kernel tells them; empty when it is gone or does not tell.</summary>
    public static IReadOnlyList<FilePath> FilesWrittenBy(int id)
    {
        var descriptors = Of(id).Combine("fd");
        try
        {
            return [.. DirectoryListing.Read(descriptors).Where(entry => IsWritable(id, entry.Name)).Select(entry => TryLink(descriptors.Combine(entry.Name))).OfType<FilePath>()];
        }
        catch (HoldfastException error) when (IsGone(error) || FileFailure.IsRefused(error))
        {
            return [];
        }
    }

    /// <summary>The numbers of all processes, in order.</summary>
    internal static IReadOnlyList<int> Ids()
    {
        var ids = new List<int>();
        foreach (var entry in DirectoryListing.Read(Processes))
        {
            if (int.TryParse(Encoding.ASCII.GetString(entry.Name), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                ids.Add(id);
        }

        ids.Sort();
        return ids;
    }

    internal static FilePath Of(int id) => Processes.Combine(id.ToString(CultureInfo.InvariantCulture));

    // The command may hold anything, also parentheses and blanks; behind it come the state, the parent, and 17 fields later the start.
    private static string[] StatOf(int id)
    {
        var stat = Encoding.Latin1.GetString(FileSystem.ReadAllBytes(Of(id).Combine("stat"), StatLimit));
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    internal static bool IsGone(HoldfastException error) =>
        FileFailure.IsVanished(error) || FileFailure.ErrnoOf(error) == Errno.NoProcess;

    // A line of fdinfo is "flags:" and the flags of open(2) in octal digits, of which the last two bits are the access mode (proc_pid_fdinfo(5)).
    private static bool IsWritable(int id, byte[] descriptor)
    {
        try
        {
            var text = Encoding.ASCII.GetString(FileSystem.ReadAllBytes(Of(id).Combine("fdinfo").Combine(descriptor), StatLimit));
            var flags = text.Split('\n').First(line => line.StartsWith("flags:", StringComparison.Ordinal)).TrimEnd();
            return ((flags[^1] - '0') & 3) != 0;
        }
        catch (HoldfastException error) when (IsGone(error))
        {
            return false;
        }
    }

    private static FilePath? TryLink(FilePath descriptor)
    {
        try
        {
            return FilePath.From(FileSystem.ReadLink(descriptor));
        }
        catch (HoldfastException error) when (IsGone(error))
        {
            return null;
        }
    }

    private static string? ValueOf(int id, byte[] wanted)
    {
        try
        {
            byte[] variables = [0, .. FileSystem.ReadAllBytes(Of(id).Combine("environ"), EnvironmentLimit)];
            var start = variables.AsSpan().IndexOf(wanted);
            if (start < 0) return null;
            var value = variables.AsSpan(start + wanted.Length);
            return Encoding.UTF8.GetString(value[..Math.Max(0, value.IndexOf((byte)0))]);
        }
        catch (HoldfastException error) when (IsGone(error) || FileFailure.IsRefused(error))
        {
            return null;
        }
    }
}
