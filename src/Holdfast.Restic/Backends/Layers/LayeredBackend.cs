namespace Holdfast.Restic.Backends.Layers;

/// <summary>Another backend with something added; a layer overrides what it adds to.</summary>
public abstract class LayeredBackend(IBackend inner) : IBackend
{
    public string Location => inner.Location;

    public int CostOfRead => inner.CostOfRead;

    public virtual int Connections => inner.Connections;

    protected IBackend Inner => inner;

    public virtual Task CreateAsync(CancellationToken cancellationToken) => inner.CreateAsync(cancellationToken);

    public virtual IAsyncEnumerable<StoredFile> ListAsync(FileType type, CancellationToken cancellationToken) => inner.ListAsync(type, cancellationToken);

    public virtual Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken) => inner.StatAsync(handle, cancellationToken);

    public virtual Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.ReadAsync(handle, offset, destination, cancellationToken);

    public virtual Task ReadTreesAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.ReadTreesAsync(handle, offset, destination, cancellationToken);

    public virtual Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken) => inner.ReadAllAsync(handle, cancellationToken);

    public virtual Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.WriteAsync(handle, content, cancellationToken);

    public virtual Task<StorageDisorder> SurveyAsync(CancellationToken cancellationToken) => inner.SurveyAsync(cancellationToken);

    /// <summary>Copies are kept by the uppermost layer alone.</summary>
    public virtual IBackend Afresh() => this;

    public virtual Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken) => inner.DeleteAsync(handle, cancellationToken);
}
