using Holdfast.Engine.Files;
using Holdfast.Engine.Restores;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Dumps;

/// <summary>
/// A file that gets its name when it is whole and durable. It is written under a hidden name beside it, for this user alone (0600), and removed
/// when it is disposed before <see cref="Complete"/>.
/// </summary>
internal sealed class DumpFile : IDisposable
{
    private readonly FilePath _path;
    private readonly FilePath _temporary;
    private readonly bool _replace;
    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _file;
    private bool _isComplete;

    private DumpFile(FilePath path, FilePath temporary, bool replace, Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        (_path, _temporary, _replace, _file) = (path, temporary, replace, file);
        Content = new DescriptorStream(file, path);
    }

    /// <summary>Takes the content.</summary>
    internal Stream Content { get; }

    /// <exception cref="HoldfastException">Failed: the name is taken and may not be, or is that of something else than a file. NoSpace, NotFound.</exception>
    internal static DumpFile Create(FilePath path, bool replace)
    {
        if (FileSystem.TryStatus(path, followLinks: false) is { } there)
        {
            if (!there.IsFile) throw new HoldfastException(FailureKind.Failed, $"\"{path.Display}\" exists and is no regular file", "give another name, or write to standard output");
            if (!replace) throw new HoldfastException(FailureKind.Failed, $"\"{path.Display}\" exists", "give another name, or --force to replace it");
        }

        var temporary = AtomicFile.Sibling(path);
        var flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow;
        if (!LibC.TryOpen(temporary, flags, FilePermissions.PrivateFile, out var file)) FileFailure.Throw("create", path);
        return new DumpFile(path, temporary, replace, file);
    }

    /// <summary>Makes it durable and gives it its name.</summary>
    internal void Complete()
    {
        FileContent.Sync(_file, _path);
        if (_replace) FileSystem.Rename(_temporary, _path);
        else Placing.MoveWithoutReplacing(_temporary, _path);
        _isComplete = true;
        DirectorySync.SyncParentOf(_path);
    }

    public void Dispose()
    {
        Content.Dispose();
        // What went wrong first is what to tell; a hidden file that cannot be removed either is only litter.
        if (!_isComplete) _ = LibC.Unlink(_temporary.Terminated);
    }
}
