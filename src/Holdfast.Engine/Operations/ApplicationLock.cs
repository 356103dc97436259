using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Operations;

/// <summary>
/// One operation at a time changes an application; those that only read it, such as a backup, share it. The lock goes with the process,
/// whatever ends it.
/// </summary>
public sealed class ApplicationLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly DirectoryLock _lock;

    private ApplicationLock(DirectoryLock taken) => _lock = taken;

    /// <param name="application">What is locked.</param>
    /// <param name="options">How.</param>
    /// <param name="journal">Tells who is in the way.</param>
    /// <param name="clock">For the wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HoldfastException">Locked: who is in the way, since when, and how to wait.</exception>
    public static async Task<ApplicationLock> TakeAsync(
        ApplicationKey application, ApplicationLockOptions options, OperationJournal journal, TimeProvider clock, CancellationToken cancellationToken)
    {
        var folder = application.Folder ?? FolderOf(application, options.StateFolder);
        var started = clock.GetTimestamp();
        for (var told = false; ; told = true)
        {
            if (DirectoryLock.TryTake(folder, options.IsShared) is { } taken) return new ApplicationLock(taken);
            if (clock.GetElapsedTime(started) >= options.Wait) throw Refusal(application, folder, journal, clock);
            if (!told) options.Waiting?.Invoke($"waiting: {HolderOf(application, folder, journal, clock)}");
            await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _lock.Dispose();

    // Without a manifest there is no folder of the application's.
    private static FilePath FolderOf(ApplicationKey application, FilePath stateFolder)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(application.Place)).AsSpan(0, 8));
        var folder = stateFolder.Combine("locks").Combine(name);
        FileSystem.CreateDirectories(folder, FilePermissions.PrivateDirectory);
        return folder;
    }

    private static HoldfastException Refusal(ApplicationKey application, FilePath folder, OperationJournal journal, TimeProvider clock) => new(
        FailureKind.Locked,
        HolderOf(application, folder, journal, clock),
        "wait for it with --wait SECONDS, or look at it with `holdfast operations list`");

    private static string HolderOf(ApplicationKey application, FilePath folder, OperationJournal journal, TimeProvider clock)
    {
        var subject = $"another operation is at the application {application.Name}";
        var known = journal.Running(application.Place).Where(operation => operation.Owner.Id != Environment.ProcessId)
            .Select(operation => string.Create(
                CultureInfo.InvariantCulture,
                $"{operation.Title} (operation {operation.Number}, process {operation.Owner.Id}, by {PrintableName.Escape(operation.User)}, since {HumanFormat.Time(operation.Started, clock.LocalTimeZone)})"))
            .ToList();
        if (known.Count > 0) return $"{subject}: {string.Join("; ", known)}";
        // Another user's journal is not ours to read.
        var processes = DirectoryLock.HoldersOf(folder).Select(id => $"{OpenFileUsers.CommandOf(id)} (process {id})").ToList();
        return processes.Count > 0 ? $"{subject}: {string.Join(", ", processes)}" : subject;
    }
}

/// <summary>How an application is locked.</summary>
/// <param name="IsShared">For what only reads it.</param>
/// <param name="Wait">How long to wait for others; zero refuses at once.</param>
/// <param name="StateFolder">Where this user's local state is.</param>
/// <param name="Waiting">Told once, in a sentence, when there is somebody to wait for.</param>
public sealed record ApplicationLockOptions(bool IsShared, TimeSpan Wait, FilePath StateFolder, Action<string>? Waiting = null);
