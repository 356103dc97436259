using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Supervision;

/// <summary>A file that holds the number of an application's process, as daemons write it.</summary>
internal sealed class PidFile(FilePath path, TimeProvider clock)
{
    private const int LargestSize = 4096;

    /// <summary>Seconds by which the start of a process, as /proc has it, and the time of a file may be apart.</summary>
    private const double Tolerance = 2;

    internal string Display => path.Display;

    /// <summary>The process that wrote the file, when it runs; null when there is no file or its process has ended.</summary>
    /// <exception cref="HoldfastException">Failed: the file does not hold the number of a process that could be the application.</exception>
    internal ProcessIdentity? Process()
    {
        if (FileSystem.TryStatus(path, followLinks: true) is not { } status) return null;
        var text = Read();
        // Daemons make the file first and write into it then.
        if (text is null or "") return null;
        if (!int.TryParse(text.Split('\n', 2)[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id <= 1)
            throw Refused("does not hold the number of a process", "correct `service.process.pid_file` in the manifest");
        if (id == Environment.ProcessId) throw Refused("holds the number of Holdfast's own process", "remove the file if the application does not run");
        if (ProcessTable.Find(id) is not { } process) return null;
        // Otherwise the number was given to another program since, which must not be signalled.
        if (ProcessTable.StartOf(process, clock.GetUtcNow()) <= TimeOf(status.ModifiedAt).AddSeconds(Tolerance)) return process;
        throw Refused(
            $"is older than the process {id} ({ProcessTable.NameOf(id) ?? "which has ended"}) whose number it holds, so that was started by something else",
            "if the application does not run, remove the file; if it does, write its number there");
    }

    private static DateTimeOffset TimeOf(FileTime time) =>
        DateTimeOffset.FromUnixTimeSeconds(time.Seconds).AddTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick);

    private string? Read()
    {
        try
        {
            return FileSystem.ReadAllText(path, LargestSize).Trim();
        }
        catch (HoldfastException error) when (FileFailure.IsVanished(error))
        {
            return null;
        }
    }

    private HoldfastException Refused(string why, string hint) => new(FailureKind.Failed, $"the pid file \"{path.Display}\" {why}", hint);
}
