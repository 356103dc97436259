using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;

namespace Holdfast.Restic.Locks;

/// <summary>A lock as it stands in the repository.</summary>
public sealed record LockEntry(Id Id, DateTimeOffset Time, bool Exclusive, ClientIdentity Owner)
{
    /// <summary>Age after which nobody refreshes a lock any more (section 9.3).</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromMinutes(30);

    /// <summary>Stale: not refreshed for half an hour, or its process on this host is gone. A stale lock still blocks until it is removed.</summary>
    public bool IsStale(DateTimeOffset now, string hostName) =>
        now - Time > StaleAfter || IsOfDeadProcess(hostName);

    /// <summary>Its process was one of this host and is gone.</summary>
    internal bool IsOfDeadProcess(string hostName) => Owner.HostName == hostName && !ProcessLiveness.IsAlive(Owner.ProcessId);
}
