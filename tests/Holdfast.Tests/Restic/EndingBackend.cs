using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;

namespace Holdfast.Tests.Restic;

/// <summary>After so many changes of packs and indexes nothing happens any more: the machine is gone.</summary>
internal sealed class EndingBackend(IBackend inner, int changes, bool afterTheChange) : IBackend
{
    private int _left = changes;

    public string Location => inner.Location;

    public Task CreateAsync(CancellationToken cancellationToken) => inner.CreateAsync(cancellationToken);

    public IAsyncEnumerable<StoredFile> ListAsync(FileType type, CancellationToken cancellationToken) => inner.ListAsync(type, cancellationToken);

    public Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken) => inner.StatAsync(handle, cancellationToken);

    public Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.ReadAsync(handle, offset, destination, cancellationToken);

    public Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        ChangeAsync(handle, () => inner.WriteAsync(handle, content, cancellationToken));

    public Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken) =>
        ChangeAsync(handle, () => inner.DeleteAsync(handle, cancellationToken));

    private async Task ChangeAsync(FileHandle handle, Func<Task> change)
    {
        if (handle.Type == FileType.Lock)
        {
            await change();
            return;
        }

        var left = Interlocked.Decrement(ref _left);
        if (left >= 0 || (left == -1 && afterTheChange)) await change();
        if (left < 0) throw new HoldfastException(FailureKind.Unavailable, "the machine is gone");
    }
}
