using System.Runtime.CompilerServices;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;

namespace Holdfast.Tests.Restic.Backends;

/// <summary>
/// Storage at the end of a bad line: requests fail before they have an effect or after it, lists break off in the middle, reads stop. The
/// same seed gives the same faults when requests come one at a time.
/// </summary>
internal sealed class FaultyBackend(IBackend inner, int seed, double share) : IBackend
{
    private readonly Random _random = new(seed);
    private readonly Lock _gate = new();
    private int _faults;

    public string Location => inner.Location;

    /// <summary>How many requests have failed.</summary>
    public int Faults => _faults;

    public Task CreateAsync(CancellationToken cancellationToken) => TryAsync(() => inner.CreateAsync(cancellationToken));

    public async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isTorn = Draw() != Fault.None;
        var left = isTorn ? 1 : int.MaxValue;
        await foreach (var file in inner.ListAsync(type, cancellationToken))
        {
            if (left-- == 0) break;
            yield return file;
        }

        if (isTorn) throw Broken();
    }

    public async Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        long? size = null;
        await TryAsync(async () => size = await inner.StatAsync(handle, cancellationToken));
        return size;
    }

    public Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) => TryAsync(async () =>
    {
        // What comes before the line breaks is in the buffer all the same.
        await inner.ReadAsync(handle, offset, destination, cancellationToken);
    });

    public async Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        byte[] content = [];
        await TryAsync(async () => content = await inner.ReadAllAsync(handle, cancellationToken));
        return content;
    }

    public Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        TryAsync(() => inner.WriteAsync(handle, content, cancellationToken));

    public Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken) => TryAsync(() => inner.DeleteAsync(handle, cancellationToken));

    private static HoldfastException Broken() => new(FailureKind.Unavailable, "the line broke") { IsTransient = true };

    private async Task TryAsync(Func<Task> action)
    {
        var fault = Draw();
        if (fault == Fault.Before) throw Broken();
        await action();
        if (fault == Fault.After) throw Broken();
    }

    private Fault Draw()
    {
        lock (_gate)
        {
            if (_random.NextDouble() >= share) return Fault.None;
            _faults++;
            return _random.Next(2) == 0 ? Fault.Before : Fault.After;
        }
    }

    private enum Fault
    {
        None,
        Before,
        After,
    }
}
