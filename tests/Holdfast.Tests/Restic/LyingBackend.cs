using System.Runtime.CompilerServices;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;

namespace Holdfast.Tests.Restic;

/// <summary>Storage that says yes to everything and then does what it likes. Locks are kept as they should be.</summary>
internal sealed class LyingBackend(IBackend inner) : LayeredBackend(inner)
{
    /// <summary>Takes these and has them not.</summary>
    public Func<FileHandle, bool> Swallows { get; set; } = _ => false;

    /// <summary>Stores the first half of these.</summary>
    public Func<FileHandle, bool> Cuts { get; set; } = _ => false;

    /// <summary>Removes these, and has them still.</summary>
    public Func<FileHandle, bool> Keeps { get; set; } = _ => false;

    /// <summary>Leaves these out of its lists.</summary>
    public Func<FileHandle, bool> Hides { get; set; } = _ => false;

    public override async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var file in Inner.ListAsync(type, cancellationToken))
            if (!Hides(file.Handle)) yield return file;
    }

    public override Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        handle.Type != FileType.Lock && Swallows(handle) ? Task.CompletedTask
        : base.WriteAsync(handle, handle.Type != FileType.Lock && Cuts(handle) ? content[..(content.Length / 2)] : content, cancellationToken);

    public override Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken) =>
        handle.Type != FileType.Lock && Keeps(handle) ? Task.CompletedTask : base.DeleteAsync(handle, cancellationToken);
}
