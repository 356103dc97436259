using System.Collections.Concurrent;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;

namespace Holdfast.Tests.Restic;

/// <summary>Remembers what was written and deleted in which order, looks at each write, and can fail.</summary>
internal sealed class RecordingBackend(IBackend inner) : IBackend
{
    private readonly ConcurrentQueue<FileHandle> _written = [];
    private readonly ConcurrentQueue<FileHandle> _deleted = [];

    public string Location => inner.Location;

    public IReadOnlyList<FileHandle> Written => [.. _written];

    public IReadOnlyList<FileHandle> Deleted => [.. _deleted];

    /// <summary>Writes of these files fail as on a full disk.</summary>
    public Func<FileHandle, bool> FailsAt { get; set; } = _ => false;

    /// <summary>Reads of these files fail in this way.</summary>
    public Func<FileHandle, FailureKind?> ReadFailsAt { get; set; } = _ => null;

    /// <summary>The same, with a failure of one's own.</summary>
    public Func<FileHandle, HoldfastException?> ReadFailure { get; set; } = _ => null;

    /// <summary>Deletions of these files are refused.</summary>
    public Func<FileHandle, bool> KeepsAt { get; set; } = _ => false;

    /// <summary>How such a deletion fails.</summary>
    public FailureKind KeptKind { get; set; } = FailureKind.Unavailable;

    /// <summary>Called before a file is written.</summary>
    public Func<FileHandle, ReadOnlyMemory<byte>, Task> BeforeWrite { get; set; } = (_, _) => Task.CompletedTask;

    public Task CreateAsync(CancellationToken cancellationToken) => inner.CreateAsync(cancellationToken);

    public IAsyncEnumerable<StoredFile> ListAsync(FileType type, CancellationToken cancellationToken) => inner.ListAsync(type, cancellationToken);

    public Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken) => inner.StatAsync(handle, cancellationToken);

    public Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        ReadFailure(handle) is { } failure ? throw failure
        : ReadFailsAt(handle) is { } kind
            ? throw new HoldfastException(kind, $"cannot read {handle}: the disk says so")
            : inner.ReadAsync(handle, offset, destination, cancellationToken);

    public async Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (FailsAt(handle)) throw new HoldfastException(FailureKind.NoSpace, $"no room for {handle}");
        await BeforeWrite(handle, content);
        await inner.WriteAsync(handle, content, cancellationToken);
        _written.Enqueue(handle);
    }

    public async Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        if (KeepsAt(handle)) throw new HoldfastException(KeptKind, $"cannot delete {handle}");
        await inner.DeleteAsync(handle, cancellationToken);
        _deleted.Enqueue(handle);
    }
}
