using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Files;

/// <summary>
/// A file that is written under a hidden name beside its own and gets its own when it is whole: at any instant there is either nothing new
/// or all of it. A process that is killed leaves the hidden file, which starts with <see cref="AtomicFile.TemporaryPrefix"/>.
/// </summary>
public sealed class PendingFile : IDisposable
{
    private readonly FilePath _path;
    private readonly FilePath _temporary;
    private readonly bool _replace;
    private bool _isCommitted;

    private PendingFile(FilePath path, FilePath temporary, bool replace)
    {
        (_path, _temporary, _replace) = (path, temporary, replace);
        Content = RegularFileStream.CreateNew(temporary);
    }

    /// <summary>Where the content goes.</summary>
    public RegularFileStream Content { get; }

    /// <summary>Begins a file, which will be private (0600).</summary>
    /// <param name="path">Its name; the folder exists.</param>
    /// <param name="replace">What has the name now may be replaced.</param>
    /// <exception cref="HoldfastException">Usage: the name is taken. NotFound: no such folder. Failed: it cannot be written to.</exception>
    public static PendingFile Create(FilePath path, bool replace)
    {
        if (FileSystem.TryStatus(path, followLinks: false) is { } status)
        {
            if (status.IsDirectory) throw new HoldfastException(FailureKind.Usage, $"\"{path.Display}\" is a folder", "name a file in it");
            if (!replace) throw Taken(path);
        }

        // Asked first: the failure would name the hidden file, which nobody has asked for.
        if (path.Parent is { } folder && FileSystem.TryStatus(folder, followLinks: true) is not { IsDirectory: true })
            throw new HoldfastException(FailureKind.NotFound, $"\"{path.Display}\" cannot be made: there is no folder \"{folder.Display}\"", "make the folder; or is a disk not mounted?");

        return new PendingFile(path, AtomicFile.Sibling(path), replace);
    }

    /// <summary>Makes the content durable and gives it its name, durably. No failure after this one leaves half a file.</summary>
    /// <exception cref="HoldfastException">Usage: the name was taken meanwhile. NoSpace. Failed.</exception>
    public void Commit()
    {
        Content.Sync();
        Content.Dispose();
        if (_replace) FileSystem.Rename(_temporary, _path);
        else RenameNew();
        _isCommitted = true;
        DirectorySync.SyncParentOf(_path);
    }

    public void Dispose()
    {
        Content.Dispose();
        if (_isCommitted) return;
        // What went wrong first is what to tell; a hidden file that cannot be removed either is only litter.
        _ = LibC.Unlink(_temporary.Terminated);
    }

    private void RenameNew()
    {
        const int CurrentDirectory = LibC.CurrentDirectory;
        if (LibC.RenameAt2(CurrentDirectory, _temporary.Terminated, CurrentDirectory, _path.Terminated, LibC.NoReplace) == 0) return;
        if (LibC.LastError == Errno.Exists) throw Taken(_path);
        // Not every file system knows this kind of renaming.
        if (LibC.LastError is not (Errno.Invalid or Errno.NotImplemented or Errno.NotSupported)) FileFailure.Throw("name", _path);
        if (FileSystem.Exists(_path)) throw Taken(_path);
        FileSystem.Rename(_temporary, _path);
    }

    private static HoldfastException Taken(FilePath path) => new(
        FailureKind.Usage, $"\"{path.Display}\" exists already", "give another name, or let it be replaced: --force, and with `backup` --overwrite");
}
