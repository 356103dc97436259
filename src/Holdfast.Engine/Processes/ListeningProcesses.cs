using System.Globalization;
using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Processes;

/// <summary>A process that accepts connections.</summary>
/// <param name="ProcessId">Its id.</param>
/// <param name="Command">Its command name, harmless for terminals.</param>
public sealed record ListeningProcess(int ProcessId, string Command);

/// <summary>Finds who listens on a TCP port of this machine: the sockets of /proc/net/tcp, and who has them open (proc_pid_net(5)).</summary>
public static class ListeningProcesses
{
    private const int TableLimit = 16 << 20;
    private const string Listening = "0A"; // TCP_LISTEN (net/tcp_states.h)

    /// <summary>Those that this user may look into; empty when nobody listens or it cannot be seen who does.</summary>
    public static IReadOnlyList<ListeningProcess> OnPort(int port)
    {
        var sockets = Sockets(port).Select(inode => $"socket:[{inode}]").ToHashSet(StringComparer.Ordinal);
        if (sockets.Count == 0) return [];
        return [.. ProcessTable.Ids().Where(id => HasOpen(id, sockets))
            .Select(id => new ListeningProcess(id, ProcessTable.NameOf(id) ?? "a program that does not tell its name"))];
    }

    private static IEnumerable<string> Sockets(int port)
    {
        foreach (var table in new[] { "/proc/net/tcp", "/proc/net/tcp6" })
        {
            var path = FilePath.From(table);
            if (!FileSystem.Exists(path)) continue;
            foreach (var line in FileSystem.ReadAllText(path, TableLimit).Split('\n').Skip(1))
            {
                // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > 9 && fields[3] == Listening && PortOf(fields[1]) == port) yield return fields[9];
            }
        }
    }

    private static int PortOf(string address) =>
        int.Parse(address.AsSpan(address.LastIndexOf(':') + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static bool HasOpen(int id, HashSet<string> sockets)
    {
        var descriptors = ProcessTable.Of(id).Combine("fd");
        try
        {
            return DirectoryListing.Read(descriptors).Any(entry => Leads(descriptors.Combine(entry.Name), sockets));
        }
        catch (HoldfastException error) when (ProcessTable.IsGone(error) || FileFailure.IsRefused(error))
        {
            return false;
        }
    }

    private static bool Leads(FilePath descriptor, HashSet<string> sockets)
    {
        try
        {
            return sockets.Contains(Encoding.UTF8.GetString(FileSystem.ReadLink(descriptor)));
        }
        catch (HoldfastException error) when (ProcessTable.IsGone(error))
        {
            return false;
        }
    }
}
