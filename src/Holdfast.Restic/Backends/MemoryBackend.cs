using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends;

/// <summary>A repository that lives in memory, for tests. Safe for use by many threads.</summary>
public sealed class MemoryBackend : IBackend
{
    private readonly ConcurrentDictionary<FileHandle, byte[]> _files = new();

    public string Location => "memory";

    public Task CreateAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (handle, content) in _files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (handle.Type == type) yield return new StoredFile(handle, content.Length);
        }

        await Task.CompletedTask;
    }

    public Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_files.TryGetValue(handle, out var content) ? content.Length : (long?)null);
    }

    public Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_files.TryGetValue(handle, out var content))
        {
            throw new HoldfastException(FailureKind.NotFound, $"cannot read {handle}: it does not exist");
        }

        if (offset > content.Length - destination.Length)
        {
            throw new HoldfastException(FailureKind.Damaged, $"{handle} is shorter than it must be");
        }

        content.AsMemory((int)offset, destination.Length).CopyTo(destination);
        return Task.CompletedTask;
    }

    public Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _files[handle] = content.ToArray();
        return Task.CompletedTask;
    }

    public Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _files.TryRemove(handle, out _);
        return Task.CompletedTask;
    }
}
