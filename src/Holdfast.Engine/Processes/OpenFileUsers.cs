using System.Globalization;
using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Processes;

/// <summary>A process that has a file open.</summary>
/// <param name="ProcessId">Its id.</param>
/// <param name="Command">Its command name as the kernel has it, at most 15 bytes, made harmless for terminals.</param>
/// <param name="File">Which of the files asked for.</param>
public sealed record FileUser(int ProcessId, string Command, FileIdentity File);

/// <summary>Who has the files open, as far as could be seen.</summary>
/// <param name="Users">One entry for each process and file, by process id.</param>
/// <param name="Uninspected">Processes this user may not look into; one of them may be a user too.</param>
public sealed record FileUsersResult(IReadOnlyList<FileUser> Users, IReadOnlyList<UninspectedProcess> Uninspected);

/// <summary>A process of which it could not be seen which files it has open.</summary>
/// <param name="ProcessId">Its id.</param>
/// <param name="Command">As of <see cref="FileUser"/>.</param>
public sealed record UninspectedProcess(int ProcessId, string Command);

/// <summary>
/// Finds the processes that have files open, by the descriptors /proc shows. Processes of other users are seen only by root; those of
/// another PID namespace or another host are not seen at all. Threads of the kernel, zombies and the init of the machine, which use no
/// one's files, do not count as processes that could not be looked into.
/// </summary>
public static class OpenFileUsers
{
    private const int CommandLimit = 4096;
    private const uint IdentityMask = 0x100; // STATX_INO

    // Far more than an exec takes, also of one that waits for a processor; only a child that really uses a file is waited for that long.
    private static readonly TimeSpan LongestExec = TimeSpan.FromSeconds(1);

    private static readonly FilePath Processes = FilePath.From("/proc");

    /// <summary>Looks for users of any of <paramref name="files"/> other than this process, in one pass.</summary>
    public static FileUsersResult Find(IReadOnlyCollection<FileIdentity> files, CancellationToken cancellationToken)
    {
        var wanted = files.ToHashSet();
        var users = new List<FileUser>();
        var uninspected = new List<UninspectedProcess>();
        foreach (var id in ProcessIds().Where(id => id != Environment.ProcessId))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (TryOpenBy(id, wanted) is { } open) users.AddRange((open.Count == 0 || IsBeingStarted(id, wanted) ? [] : open).Select(file => new FileUser(id, CommandOf(id), file)));
                else if (!SystemProcesses.Contains(id)) uninspected.Add(new UninspectedProcess(id, CommandOf(id)));
            }
            catch (HoldfastException e) when (IsGone(e))
            {
                // It ended meanwhile, so it has nothing open.
            }
        }

        return new FileUsersResult(users, uninspected);
    }

    /// <summary>
    /// Which of <paramref name="files"/> this process has open itself. Such a file must not be opened and closed again beside that: closing any
    /// descriptor of it drops the record locks that, for instance, SQLite holds on it (fcntl(2)).
    /// </summary>
    public static IReadOnlySet<FileIdentity> OpenHere(IReadOnlyCollection<FileIdentity> files) =>
        files.Count == 0 ? new HashSet<FileIdentity>() : OpenBy(Environment.ProcessId, [.. files]);

    private static IEnumerable<int> ProcessIds()
    {
        var ids = new List<int>();
        foreach (var entry in DirectoryListing.Read(Processes))
            if (int.TryParse(Encoding.ASCII.GetString(entry.Name), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                ids.Add(id);
        ids.Sort();
        return ids;
    }

    /// <summary>
    /// A child of this process has its descriptors between its fork and its exec, which closes them (O_CLOEXEC): there it still has the command line of
    /// this process, and afterwards other files. It uses none of them. In the midst of an exec it has another command line and the files still.
    /// </summary>
    private static bool IsBeingStarted(int id, HashSet<FileIdentity> wanted) =>
        ProcessTable.ParentOf(id) == Environment.ProcessId
        && (ProcessTable.CommandLineOf(id).SequenceEqual(ProcessTable.CommandLineOf(Environment.ProcessId)) || SpinWait.SpinUntil(() => OpenBy(id, wanted).Count == 0, LongestExec));

    /// <summary>Null when the system does not let this user look.</summary>
    private static HashSet<FileIdentity>? TryOpenBy(int id, HashSet<FileIdentity> wanted)
    {
        try
        {
            return OpenBy(id, wanted);
        }
        catch (HoldfastException e) when (FileFailure.IsRefused(e))
        {
            return null;
        }
    }

    private static HashSet<FileIdentity> OpenBy(int id, HashSet<FileIdentity> wanted)
    {
        var found = new HashSet<FileIdentity>();
        var descriptors = Processes.Combine(id.ToString(CultureInfo.InvariantCulture)).Combine("fd");
        foreach (var entry in DirectoryListing.Read(descriptors))
        {
            var path = descriptors.Combine(entry.Name);
            // Without asking a remote server, which may not answer; device and inode are known locally.
            if (LibC.Statx(LibC.CurrentDirectory, path.Terminated, LibC.DoNotSync, IdentityMask, out var buffer) != 0)
            {
                if (LibC.LastError is Errno.NoEntry or Errno.NoProcess) continue;
                FileFailure.Throw("look at", path);
            }

            var identity = new FileIdentity(DeviceNumber.Make(buffer.DevMajor, buffer.DevMinor), buffer.Inode);
            if (wanted.Contains(identity)) found.Add(identity);
        }

        return found;
    }

    internal static string CommandOf(int id)
    {
        try
        {
            var path = Processes.Combine(id.ToString(CultureInfo.InvariantCulture)).Combine("comm");
            return PrintableName.Escape(FileSystem.ReadAllBytes(path, CommandLimit).AsSpan().TrimEnd((byte)'\n'));
        }
        catch (HoldfastException e) when (FileFailure.IsRefused(e))
        {
            return "a program that does not tell its name";
        }
    }

    private static bool IsGone(HoldfastException e) => FileFailure.IsVanished(e) || FileFailure.ErrnoOf(e) == Errno.NoProcess;
}
