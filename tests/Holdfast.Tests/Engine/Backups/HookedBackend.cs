using Holdfast.Restic.Backends;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>What is done to a repository.</summary>
internal enum BackendAct
{
    List,
    Stat,
    Read,
    Write,
    Delete,
}

/// <summary>A repository in memory that asks before everything it does; the answer may be an exception.</summary>
internal sealed class HookedBackend : IBackend
{
    private readonly MemoryBackend _memory = new();

    public Action<BackendAct, FileHandle> Before { get; set; } = (_, _) => { };

    public string Location => _memory.Location;

    public Task CreateAsync(CancellationToken cancellationToken) => _memory.CreateAsync(cancellationToken);

    public IAsyncEnumerable<StoredFile> ListAsync(FileType type, CancellationToken cancellationToken)
    {
        Before(BackendAct.List, new FileHandle(type, default));
        return _memory.ListAsync(type, cancellationToken);
    }

    public Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        Before(BackendAct.Stat, handle);
        return _memory.StatAsync(handle, cancellationToken);
    }

    public Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Before(BackendAct.Read, handle);
        return _memory.ReadAsync(handle, offset, destination, cancellationToken);
    }

    public Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Before(BackendAct.Write, handle);
        return _memory.WriteAsync(handle, content, cancellationToken);
    }

    public Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        Before(BackendAct.Delete, handle);
        return _memory.DeleteAsync(handle, cancellationToken);
    }
}
