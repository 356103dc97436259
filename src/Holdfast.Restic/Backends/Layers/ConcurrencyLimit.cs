namespace Holdfast.Restic.Backends.Layers;

/// <summary>Lets so many requests through at a time; the others wait.</summary>
public sealed class ConcurrencyLimit(IBackend inner, int connections) : LayeredBackend(inner), IDisposable
{
    private readonly SemaphoreSlim _free = new(connections);

    public override int Connections => connections;

    public override Task CreateAsync(CancellationToken cancellationToken) => TakeAsync(() => Inner.CreateAsync(cancellationToken), cancellationToken);

    public override Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken) =>
        TakeAsync(() => Inner.StatAsync(handle, cancellationToken), cancellationToken);

    public override Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        TakeAsync(() => Inner.ReadAsync(handle, offset, destination, cancellationToken), cancellationToken);

    public override Task ReadTreesAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        TakeAsync(() => Inner.ReadTreesAsync(handle, offset, destination, cancellationToken), cancellationToken);

    public override Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken) =>
        TakeAsync(() => Inner.ReadAllAsync(handle, cancellationToken), cancellationToken);

    public override Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        TakeAsync(() => Inner.WriteAsync(handle, content, cancellationToken), cancellationToken);

    public override Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken) =>
        TakeAsync(() => Inner.DeleteAsync(handle, cancellationToken), cancellationToken);

    public override Task<StorageDisorder> SurveyAsync(CancellationToken cancellationToken) => TakeAsync(() => Inner.SurveyAsync(cancellationToken), cancellationToken);

    public void Dispose() => _free.Dispose();

    private Task TakeAsync(Func<Task> action, CancellationToken cancellationToken) => TakeAsync(
        async () =>
        {
            await action().ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    private async Task<T> TakeAsync<T>(Func<Task<T>> action, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await action().ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }
}
