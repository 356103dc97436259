using System.Diagnostics.CodeAnalysis;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Deltas;

/// <summary>
/// What a file has now where another one is staged that will take its place. It is only read, may be in use, and may change or vanish at any
/// time; it is worth no error, because everything is in the repository, too.
/// </summary>
internal sealed class PresentContent : IDisposable
{
    /// <summary>Bytes of a file that it is not worth asking the file system to clone for.</summary>
    private const int WorthCloning = 1 << 20;

    private readonly DescriptorReader _present;
    private readonly SparseFileWriter _staged;

    private PresentContent(DescriptorReader present, SparseFileWriter staged) => (_present, _staged) = (present, staged);

    /// <summary>
    /// Opens the present contents that can be of use. A file that this process has open itself is left alone: it may be a database
    /// that SQLite holds locks on (docs/design/sqlite-image.md).
    /// </summary>
    /// <param name="files">What is staged, with where it is being written.</param>
    /// <returns>For each file; null where there is none.</returns>
    internal static PresentContent?[] Open(IReadOnlyList<(StagedFile File, SparseFileWriter Staged)> files)
    {
        var status = files.Select(file => file.File.Present is { } path ? FileSystem.TryStatus(path, followLinks: false) : null).ToList();
        var inUse = OpenFileUsers.OpenHere([.. status.OfType<FileStatus>().Select(present => present.Identity)]);
        var contents = new PresentContent?[files.Count];
        try
        {
            for (var i = 0; i < files.Count; i++)
            {
                if (status[i] is { IsFile: true, Size: > 0 } present && !inUse.Contains(present.Identity))
                    contents[i] = TryOpen(files[i].File, files[i].Staged);
            }
        }
        catch
        {
            foreach (var content in contents) content?.Dispose();
            throw;
        }

        return contents;
    }

    /// <summary>
    /// Reads bytes that <see cref="Keep"/> can keep. They are those of the clone where there is one, which nobody else writes to.
    /// </summary>
    /// <returns>How many there are; fewer than asked for where the content ends or cannot be read.</returns>
    internal int Read(Span<byte> buffer, long offset)
    {
        if (_staged.IsClone) return _staged.ReadAt(buffer, offset);
        try
        {
            return _present.ReadAt(buffer, offset);
        }
        catch (HoldfastException)
        {
            // A bad sector or a server that is gone: the repository has it.
            return 0;
        }
    }

    /// <summary>Has bytes that were read, and found to be the right ones, stay or be in the staged file.</summary>
    internal void Keep(ReadOnlySpan<byte> bytes, long offset)
    {
        if (!_staged.IsClone) _staged.WriteAt(offset, bytes);
    }

    public void Dispose() => _present.Dispose();

    private static PresentContent? TryOpen(StagedFile file, SparseFileWriter staged)
    {
        if (!TryOpen(file.Present!, out var present)) return null;
        try
        {
            if (file.Item.Bytes >= WorthCloning && present.Status.Size >= WorthCloning && staged.TryClone(present)) staged.SetSize(file.Item.Bytes);
            return new PresentContent(present, staged);
        }
        catch
        {
            present.Dispose();
            throw;
        }
    }

    private static bool TryOpen(FilePath path, [NotNullWhen(true)] out DescriptorReader? present)
    {
        try
        {
            present = DescriptorReader.Open(path);
            return true;
        }
        catch (HoldfastException)
        {
            // Unreadable, gone, or something else by now.
            present = null;
            return false;
        }
    }
}
