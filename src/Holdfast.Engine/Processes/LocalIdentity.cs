using Holdfast.Engine.Files;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;

namespace Holdfast.Engine.Processes;

/// <summary>This host, user and process, as locks and snapshots name them.</summary>
public static class LocalIdentity
{
    public static ClientIdentity Current()
    {
        // The owner of a process's own folder is its effective user.
        var status = FileSystem.Status(FilePath.From("/proc/self/status"), followLinks: true);
        return new ClientIdentity(Environment.MachineName, Environment.UserName, Environment.ProcessId, status.Uid, status.Gid);
    }
}
