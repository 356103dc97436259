using Holdfast.Restic.Backends;

namespace Holdfast.Tests.Engine.Restores;

/// <summary>A repository in memory that tells when it is read.</summary>
internal sealed class WatchedBackend : IBackend
{
    private readonly MemoryBackend _memory = new();

    public Action<FileHandle>? BeforeRead { get; set; }

    public Action<FileHandle>? BeforeDelete { get; set; }

    public Action<FileHandle>? BeforeWrite { get; set; }

    public int LocksWritten { get; private set; }

    /// <summary>Locks that are there now.</summary>
    public int Locks { get; private set; }

    public int CostOfRead { get; set; } = 1 << 20;

    public string Location => _memory.Location;

    public Task CreateAsync(CancellationToken cancellationToken) => _memory.CreateAsync(cancellationToken);

    public IAsyncEnumerable<StoredFile> ListAsync(FileType type, CancellationToken cancellationToken) => _memory.ListAsync(type, cancellationToken);

    public Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken) => _memory.StatAsync(handle, cancellationToken);

    public Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        BeforeRead?.Invoke(handle);
        return _memory.ReadAsync(handle, offset, destination, cancellationToken);
    }

    public Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke(handle);
        if (handle.Type == FileType.Lock) (LocksWritten, Locks) = (LocksWritten + 1, Locks + 1);
        return _memory.WriteAsync(handle, content, cancellationToken);
    }

    public Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        BeforeDelete?.Invoke(handle);
        if (handle.Type == FileType.Lock) Locks--;
        return _memory.DeleteAsync(handle, cancellationToken);
    }
}
