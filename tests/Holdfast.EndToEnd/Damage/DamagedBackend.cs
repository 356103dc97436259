using System.Runtime.CompilerServices;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Failures;

namespace Holdfast.EndToEnd.Damage;

/// <summary>The files of a repository in memory, some of them for a while with another content or gone. Nothing is ever written.</summary>
internal sealed class DamagedBackend(IReadOnlyDictionary<FileHandle, byte[]> files) : IBackend
{
    private Dictionary<FileHandle, byte[]?> _damage = [];

    public string Location => "damaged";

    /// <summary>The files as they should be.</summary>
    public IReadOnlyDictionary<FileHandle, byte[]> Files => files;

    public static async Task<IReadOnlyDictionary<FileHandle, byte[]>> LoadAsync(string path, CancellationToken cancellationToken)
    {
        var backend = new LocalBackend(path);
        var files = new Dictionary<FileHandle, byte[]>();
        foreach (var type in Enum.GetValues<FileType>())
        {
            await foreach (var file in backend.ListAsync(type, cancellationToken)) files.Add(file.Handle, await backend.ReadAllAsync(file.Handle, cancellationToken));
        }

        return files;
    }

    /// <summary>Instead of any damage before: what these files hold now; null is gone.</summary>
    public void Damage(params (FileHandle File, byte[]? Content)[] damage) => _damage = damage.ToDictionary(one => one.File, one => one.Content);

    public Task CreateAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var handle in files.Keys.Where(handle => handle.Type == type))
        {
            if (Content(handle) is { } content) yield return new StoredFile(handle, content.Length);
        }

        await Task.CompletedTask;
    }

    public Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken) => Task.FromResult((long?)Content(handle)?.Length);

    public Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var content = Content(handle) ?? throw new HoldfastException(FailureKind.NotFound, $"cannot read {handle}: it does not exist");
        if (offset > content.Length - destination.Length) throw new HoldfastException(FailureKind.Damaged, $"{handle} is shorter than it must be");
        content.AsMemory((int)offset, destination.Length).CopyTo(destination);
        return Task.CompletedTask;
    }

    public Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken) => throw new NotSupportedException();

    private byte[]? Content(FileHandle handle) => _damage.TryGetValue(handle, out var content) ? content : files.GetValueOrDefault(handle);
}
