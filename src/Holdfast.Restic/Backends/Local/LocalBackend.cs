using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Backends.Local;

/// <summary>
/// A repository in a directory of this machine, in the layout and with the modes and durability of sections 2.1 and 2.2.
/// Safe for use by many threads and beside other processes.
/// </summary>
public sealed class LocalBackend : IBackend
{
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int DirectoryType = 0x4000;

    private readonly DefaultLayout _layout;

    /// <param name="path">The directory of the repository; it need not exist yet.</param>
    public LocalBackend(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        _layout = new DefaultLayout(Directory);
        Location = LocalFailures.Quote(Directory);
    }

    /// <summary>The absolute path, as the file system has it.</summary>
    public string Directory { get; }

    /// <summary>The path in a form that is safe to print.</summary>
    /// <summary>One file is written while another is made durable.</summary>
    public int Connections => 2;

    public string Location { get; }

    /// <summary>Opening the file again and a system call more; a disk that has to seek reads ahead by itself.</summary>
    public int CostOfRead => 32 << 10;

    public Task CreateAsync(CancellationToken cancellationToken) => Task.Run(() => Create(cancellationToken), cancellationToken);

    public async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (type == FileType.Config && await StatAsync(FileHandle.Config, cancellationToken) is { } size)
        {
            yield return new StoredFile(FileHandle.Config, size);
        }

        foreach (var directory in _layout.DirectoriesOf(type))
        {
            var files = await Task.Run(() => ReadDirectory(directory, type, cancellationToken), cancellationToken);
            foreach (var file in files) yield return file;
        }
    }

    public Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Stat(handle));
    }

    public async Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellationToken.ThrowIfCancellationRequested();
        using var file = LibC.OpenForReading(_layout.PathOf(handle));
        if (file.IsInvalid) throw OpenFailure(handle);
        try
        {
            if (destination.IsEmpty && offset > RandomAccess.GetLength(file)) throw TooShort(handle);
            for (var filled = 0; filled < destination.Length;)
            {
                var count = await RandomAccess.ReadAsync(file, destination[filled..], offset + filled, cancellationToken);
                if (count == 0) throw TooShort(handle);
                filled += count;
            }
        }
        catch (Exception e) when (LocalFailures.IsExpected(e))
        {
            throw IsRegular(handle) ? LocalFailures.From(e, $"read {Name(handle)}") : NotAFile(handle, e);
        }
    }

    public Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        Task.Run(() => Write(handle, content, cancellationToken), cancellationToken);

    public Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (LibC.Unlink(_layout.PathOf(handle)) != 0 && Marshal.GetLastPInvokeError() is not (LibC.NoEntry or LibC.NotADirectory))
        {
            throw LocalFailures.FromLastError($"delete {Name(handle)}");
        }

        return Task.CompletedTask;
    }

    public Task<StorageDisorder> SurveyAsync(CancellationToken cancellationToken) => Task.Run(() => new FolderSurvey(_layout).Take(cancellationToken), cancellationToken);

    private void Create(CancellationToken cancellationToken)
    {
        if (IsFile(Directory)) throw new HoldfastException(FailureKind.Usage, $"{Location} is a file; a repository is a directory");
        try
        {
            var mode = AccessModes.Of(_layout).Directory;
            var made = MissingFolders().ToList();
            System.IO.Directory.CreateDirectory(Directory, mode);
            foreach (var directory in _layout.Directories())
            {
                cancellationToken.ThrowIfCancellationRequested();
                System.IO.Directory.CreateDirectory(directory, mode);
            }

            DirectorySync.Flush(_layout.Packs);
            DirectorySync.Flush(Directory);
            // All that had to be made above it, too, or a power cut takes the repository with them.
            var parents = made.Append(Directory).Distinct(StringComparer.Ordinal).Select(Path.GetDirectoryName).OfType<string>();
            foreach (var parent in parents) DirectorySync.Flush(parent);
        }
        catch (Exception e) when (LocalFailures.IsExpected(e))
        {
            throw LocalFailures.From(e, $"create a repository in {Location}");
        }
    }

    private IEnumerable<string> MissingFolders()
    {
        for (var folder = Directory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (LibC.TryStat(folder, out _, out _)) yield break;
            yield return folder;
        }
    }

    private void Write(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var path = _layout.PathOf(handle);
        try
        {
            var modes = AccessModes.Of(_layout);
            var owner = RepositoryOwner.Of(Directory);
            EnsureDirectory(Path.GetDirectoryName(path)!, modes, owner);
            WholeFile.Write(path, content, modes, owner, cancellationToken);
        }
        catch (Exception e) when (LocalFailures.IsExpected(e))
        {
            throw LocalFailures.From(e, $"write {Name(handle)}");
        }
    }

    // Makes a missing directory below the root, never the root: where a disk is not mounted, its mount point must stay empty.
    private void EnsureDirectory(string directory, AccessModes modes, RepositoryOwner? owner)
    {
        if (LibC.TryStat(directory, out var mode, out _) && (mode & TypeMask) == DirectoryType) return;
        if (!LibC.TryStat(Directory, out _, out _) || IsFile(Directory)) throw NoRepository();
        var parent = Path.GetDirectoryName(directory)!;
        if (!string.Equals(parent, Directory, StringComparison.Ordinal)) EnsureDirectory(parent, modes, owner);
        System.IO.Directory.CreateDirectory(directory, modes.Directory);
        owner?.GiveTo(directory);
        DirectorySync.Flush(parent);
    }

    private List<StoredFile> ReadDirectory(string directory, FileType type, CancellationToken cancellationToken)
    {
        var files = new List<StoredFile>();
        try
        {
            foreach (var id in Names(directory))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var handle = new FileHandle(type, id);

                // A file may vanish between the two calls, and a pack in a wrong directory is not where a reader looks.
                if (IsIn(directory, handle) && Stat(handle) is { } size) files.Add(new StoredFile(handle, size));
            }
        }
        catch (DirectoryNotFoundException) when (!IsFile(Directory))
        {
            return [];
        }
        catch (Exception e) when (LocalFailures.IsExpected(e))
        {
            if (IsFile(Directory)) throw NoRepository();
            throw LocalFailures.From(e, $"list {LocalFailures.Quote(directory)}");
        }

        return files;
    }

    private bool IsIn(string directory, FileHandle handle) =>
        string.Equals(directory, Path.GetDirectoryName(_layout.PathOf(handle)), StringComparison.Ordinal);

    private static IEnumerable<Id> Names(string directory) =>
        new FileSystemEnumerable<Id>(
            directory,
            (ref entry) => Id.TryParse(entry.FileName, out var id) ? id : default,
            new EnumerationOptions { AttributesToSkip = default, IgnoreInaccessible = false })
        {
            ShouldIncludePredicate = (ref entry) => Id.TryParse(entry.FileName, out _),
        };

    private long? Stat(FileHandle handle)
    {
        if (LibC.TryStat(_layout.PathOf(handle), out var mode, out var size)) return (mode & TypeMask) == RegularFile ? size : null;
        var errno = Marshal.GetLastPInvokeError();
        if (errno == LibC.NoEntry) return null;
        if (errno == LibC.NotADirectory && IsFile(Directory)) throw NoRepository();
        throw LocalFailures.FromLastError($"look at {Name(handle)}");
    }

    private static bool IsFile(string path) => LibC.TryStat(path, out var mode, out _) && (mode & TypeMask) != DirectoryType;

    private bool IsRegular(FileHandle handle) =>
        LibC.TryStat(_layout.PathOf(handle), out var mode, out _) && (mode & TypeMask) == RegularFile;

    private string Name(FileHandle handle) => $"{handle} of the repository {Location}";

    private HoldfastException OpenFailure(FileHandle handle)
    {
        var failure = LocalFailures.FromLastError($"read {Name(handle)}");
        return IsFile(Directory) ? NoRepository() : failure;
    }

    private HoldfastException NotAFile(FileHandle handle, Exception cause) =>
        new(FailureKind.Damaged, $"{Name(handle)} is not a regular file", null, cause);

    private HoldfastException TooShort(FileHandle handle) =>
        new(FailureKind.Damaged, $"{Name(handle)} is shorter than it must be");

    private HoldfastException NoRepository() => new(
        FailureKind.NoRepository,
        IsFile(Directory) ? $"{Location} is a file; a repository is a directory" : $"there is no repository in {Location}",
        "check the path; where it is on a disk of its own, check that the disk is mounted");
}
