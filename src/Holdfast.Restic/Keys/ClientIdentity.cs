namespace Holdfast.Restic.Keys;

/// <summary>Who holds a lock or made a key: the real host, user and process, because others test whether the process is alive (section 9.3).</summary>
public sealed record ClientIdentity(string HostName, string UserName, int ProcessId, uint Uid, uint Gid);
