using System.Runtime.CompilerServices;
using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Backends.Sftp;

/// <summary>
/// A repository on another machine, over SFTP through the system's ssh, in the layout and with the modes of sections 2.1 and 2.2. One
/// connection serves all threads; a lost one fails what was under way, and the next operation makes a new one.
/// </summary>
public sealed class SftpBackend : IBackend, IAsyncDisposable
{
    private const int DirectoriesAtOnce = 16;

    private readonly DefaultLayout _layout;
    private readonly SftpSession _session;
    private readonly SftpUpload _upload;

    /// <exception cref="HoldfastException">Usage: a name that ssh would take for an option.</exception>
    public SftpBackend(SftpLocation location, SftpOptions options, TimeProvider clock)
    {
        Location = location.ToString();
        _layout = new DefaultLayout(location.Path);
        _session = new SftpSession(SshCommand.Of(location, options), options, clock);
        _upload = new SftpUpload(_layout, Location, clock);
    }

    public string Location { get; }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    public Task CreateAsync(CancellationToken cancellationToken) =>
        _session.RunAsync($"create a repository in {Location}", changes: true, async files =>
        {
            await _upload.Directories.MakeAllAsync(files, cancellationToken).ConfigureAwait(false);
            return true;
        }, cancellationToken);

    public async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (type == FileType.Config)
        {
            if (await StatAsync(FileHandle.Config, cancellationToken).ConfigureAwait(false) is { } size) yield return new StoredFile(FileHandle.Config, size);
            yield break;
        }

        var action = $"list the {type.ToString().ToLowerInvariant()} files of the repository {Location}";
        var found = await _session.RunAsync(action, changes: false, files => ListAsync(files, type, cancellationToken), cancellationToken).ConfigureAwait(false);
        foreach (var file in found) yield return file;
    }

    public Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken) =>
        _session.RunAsync(
            $"look at {Name(handle)}", changes: false, async files => await SizeAsync(files, handle, cancellationToken).ConfigureAwait(false), cancellationToken);

    public Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var action = $"read {Name(handle)}";
        return _session.RunAsync(action, changes: false, async files =>
        {
            if (destination.IsEmpty || offset > long.MaxValue - destination.Length)
            {
                var size = await SizeAsync(files, handle, cancellationToken).ConfigureAwait(false)
                    ?? throw new HoldfastException(FailureKind.NotFound, $"cannot {action}: it does not exist");
                return offset <= size - destination.Length ? true : throw TooShort(action);
            }

            try
            {
                var isComplete = await files.TryReadAsync(_layout.PathOf(handle), offset, destination, cancellationToken).ConfigureAwait(false);
                return isComplete ? true : throw TooShort(action);
            }
            catch (SftpRefusalException refusal) when (refusal.Status is SftpStatus.Failure or SftpStatus.BadMessage)
            {
                // So OpenSSH answers to a range that lies beyond what files can be; and to a directory.
                var size = await SizeAsync(files, handle, cancellationToken).ConfigureAwait(false);
                if (size is null || offset > size - destination.Length) throw TooShort(action);
                throw;
            }
        }, cancellationToken);
    }

    public async Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var rename = new SftpRename();
        try
        {
            await _session.RunAsync(
                $"write {Name(handle)}", changes: true, files => _upload.WriteAsync(files, handle, content, rename, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (HoldfastException failure) when (failure.InnerException is SftpConnectionException && rename.HasBegun)
        {
            // The name is given to whole files only, and is the hash of one content; a config may be the old one.
            var isThere = handle.Type != FileType.Config
                && await StatAsync(handle, cancellationToken).ConfigureAwait(false) == content.Length;
            if (!isThere) throw;
        }
    }

    public Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken) =>
        _session.RunAsync($"delete {Name(handle)}", changes: true, async files =>
        {
            await files.RemoveAsync(_layout.PathOf(handle), cancellationToken).ConfigureAwait(false);
            return true;
        }, cancellationToken);

    public Task<StorageDisorder> SurveyAsync(CancellationToken cancellationToken) =>
        _session.RunAsync($"look at the folders of the repository {Location}", changes: false, async files =>
        {
            var missing = new List<string>();
            foreach (var folder in _layout.TopDirectories())
                if (await files.StatAsync(folder, cancellationToken).ConfigureAwait(false) is not { IsDirectory: true }) missing.Add(Path.GetFileName(folder));
            var unknown = new List<string>();
            foreach (var folder in _layout.DirectoriesOf(FileType.Snapshot))
                unknown.AddRange((await files.ListAsync(folder, cancellationToken).ConfigureAwait(false)).Where(entry => !IsKnown(entry)).Select(entry => entry.Name));
            unknown.Sort(StringComparer.Ordinal);
            return new StorageDisorder(missing, unknown);
        }, cancellationToken);

    private static bool IsKnown(SftpEntry entry) =>
        entry.Name is "." or ".." || ((entry.Attributes.IsFile || entry.Attributes.IsLink) && (Id.TryParse(entry.Name, out _) || InterruptedWrite.IsNamed(entry.Name)));

    private async Task<long?> SizeAsync(SftpFiles files, FileHandle handle, CancellationToken cancellationToken) =>
        await files.StatAsync(_layout.PathOf(handle), cancellationToken).ConfigureAwait(false) is { IsFile: true } found
            ? found.Size ?? throw new InvalidDataException("the server does not say how long files are")
            : null;

    private async Task<List<StoredFile>> ListAsync(SftpFiles files, FileType type, CancellationToken cancellationToken)
    {
        var directories = type == FileType.Pack
            ? await PackDirectoriesAsync(files, cancellationToken).ConfigureAwait(false)
            : _layout.DirectoriesOf(type).ToList();
        var found = new List<StoredFile>();
        await Pipeline.RunAsync(directories, DirectoriesAtOnce, async (directory, token) =>
        {
            foreach (var entry in await files.ListAsync(directory, token).ConfigureAwait(false))
            {
                if (!Id.TryParse(entry.Name, out var id)) continue;
                var handle = new FileHandle(type, id);
                // A pack in a wrong directory is not where a reader looks.
                if (!string.Equals(directory, Path.GetDirectoryName(_layout.PathOf(handle)), StringComparison.Ordinal)) continue;
                var size = entry.Attributes is { IsFile: true, IsLink: false, Size: { } known }
                    ? known
                    : await SizeAsync(files, handle, token).ConfigureAwait(false);
                if (size is null) continue;
                lock (found) found.Add(new StoredFile(handle, size.Value));
            }
        }, cancellationToken).ConfigureAwait(false);
        return found;
    }

    // Asks for those that exist, which spares most of a new repository's 256.
    private async Task<List<string>> PackDirectoriesAsync(SftpFiles files, CancellationToken cancellationToken)
    {
        var entries = await files.ListAsync(_layout.Packs, cancellationToken).ConfigureAwait(false);
        var names = entries.Select(entry => Path.Combine(_layout.Packs, entry.Name)).ToHashSet(StringComparer.Ordinal);
        return _layout.PackDirectories().Where(names.Contains).ToList();
    }

    private string Name(FileHandle handle) => $"{handle} of the repository {Location}";

    private static HoldfastException TooShort(string action) => new(FailureKind.Damaged, $"cannot {action}: it is shorter than it must be");
}
