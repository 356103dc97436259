using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>
/// The marker of a restore on the disk. The journal is what a restore relies on: where the marker cannot be written or removed, that is told, and the
/// restore goes on.
/// </summary>
/// <param name="path">Where it lies; null for nowhere.</param>
/// <param name="operation">The number of the operation whose marker it is: that of another is left alone.</param>
/// <param name="stateFolder">Whose operation: those of several users have the same numbers.</param>
/// <param name="before">What is there of an earlier restore and comes back if this one is undone; null for nothing.</param>
/// <param name="notice">Told what could not be done.</param>
internal sealed class MarkerFile(FilePath? path, long operation, FilePath stateFolder, RestoreMarker? before, Action<string> notice)
{
    /// <summary>Writes it, durably: from here on everybody sees that the application may be between two states.</summary>
    internal void Write(RestoreMarker marker) => Try(
        file => Put(file, marker),
        file => $"\"{file.Display}\" could not be written, so other users would not see it if this restore were killed");

    /// <summary>A process goes on with what another has begun: the marker says so, if it is there.</summary>
    internal void Adopt() => Try(
        file =>
        {
            if (RestoreMarker.TryRead(file) is { } marker && IsOwn(marker)) Put(file, marker.OfThisProcess());
        },
        file => $"\"{file.Display}\" could not be brought up to date");

    /// <summary>The application is of one state again: the restored one.</summary>
    internal void Remove() => Try(
        file =>
        {
            ClearUnfinished(file);
            if (RestoreMarker.TryRead(file) is not { } marker || !IsOwnOrBefore(marker)) return;
            KeepingTimes(file, () => FileSystem.Remove(file));
            DirectorySync.SyncParentOf(file);
        },
        file => $"\"{file.Display}\" could not be removed: remove it, or everybody is told that this restore has not come to its end");

    /// <summary>The application is as it was before this restore.</summary>
    internal void PutBack()
    {
        if (before is null) Remove();
        else Try(file => PutBack(file, before), file => $"\"{file.Display}\" could not be written as it was before");
    }

    // Somebody who went over this one meanwhile has his own there.
    private void PutBack(FilePath file, RestoreMarker marker)
    {
        if (RestoreMarker.TryRead(file) is not { } present || IsOwnOrBefore(present)) Put(file, marker);
    }

    private bool IsOwnOrBefore(RestoreMarker marker) => marker == before || IsOwn(marker);

    private bool IsOwn(RestoreMarker marker) => marker.Operation == operation && (marker.StateFolder is not { } folder || IsOwnState(folder));

    // It may be called by another name now, through a link.
    private bool IsOwnState(string folder) => folder == stateFolder.ToString()
        || (folder is ['/', _, ..] && !folder.Contains('\0', StringComparison.Ordinal)
            && FileSystem.TryStatus(FilePath.From(folder), followLinks: true)?.Identity is { } identity
            && identity == FileSystem.TryStatus(stateFolder, followLinks: true)?.Identity);

    private static void Put(FilePath file, RestoreMarker marker) => KeepingTimes(
        file,
        () => AtomicFile.Write(file, StagedName.For(file, ProcessIdentity.Current()), marker.Serialize(), FilePermissions.ReadableFile));

    // The folder may be one whose times were restored a moment ago.
    private static void KeepingTimes(FilePath file, Action change)
    {
        var folder = file.Parent!;
        var status = FileSystem.Status(folder, followLinks: true);
        change();
        FileSystem.TrySetTimes(folder, status);
    }

    // What a killed process has left of writing it.
    private static void ClearUnfinished(FilePath file)
    {
        try
        {
            Leftovers.Clear([file.Parent!], new RestoreLog());
        }
        catch (HoldfastException error) when (FileFailure.IsRefused(error))
        {
            // Where this user may not look, this user has left nothing.
        }
    }

    private void Try(Action<FilePath> act, Func<FilePath, string> describe)
    {
        if (path is null) return;
        try
        {
            act(path);
        }
        catch (HoldfastException error)
        {
            notice($"{describe(path)}: {error.Message}");
        }
    }
}
