using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;

namespace Holdfast.Tests.Restic.Backends;

/// <summary>
/// Storage at the end of a bad line: requests fail before they have an effect or after it, writes and lists break off in the middle, lists are
/// old, answers are late, or from some moment on nothing works any more.
/// </summary>
internal sealed class FaultyBackend(IBackend inner, FaultPlan faults) : IBackend
{
    private readonly ConcurrentDictionary<(Act Act, FileType Type), StrongBox<int>> _counts = new();
    private readonly ConcurrentQueue<(StoredFile File, bool IsThere)> _changes = [];
    private int _requests;
    private int _failures;

    private enum Act
    {
        List,
        Stat,
        Read,
        Write,
        Delete,
        Create,
    }

    private enum Fate
    {
        Good,
        FailsBefore,
        FailsAfter,
        Torn,
    }

    public string Location => inner.Location;

    public int CostOfRead => inner.CostOfRead;

    /// <summary>How many requests there were.</summary>
    public int Requests => _requests;

    /// <summary>How many of them have failed.</summary>
    public int Failures => _failures;

    /// <summary>Nothing works any more.</summary>
    public bool HasEnded => faults.EndsAfter is { } last && _requests > last;

    public Task CreateAsync(CancellationToken cancellationToken) =>
        TryAsync(Act.Create, FileType.Config, () => inner.CreateAsync(cancellationToken));

    public async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (fate, chance) = await BeginAsync(Act.List, type);
        var left = fate == Fate.Good ? int.MaxValue : chance.Next(3);
        var files = new Dictionary<FileHandle, StoredFile>();
        await foreach (var file in inner.ListAsync(type, cancellationToken)) files[file.Handle] = file;
        if (chance.NextDouble() < faults.StaleShare && faults.StaleTypes.Contains(type)) GoBack(files, type, chance.Next(1, 4));
        foreach (var file in files.Values)
        {
            if (left-- == 0) break;
            yield return file;
        }

        if (fate != Fate.Good) throw Broken();
    }

    public async Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        long? size = null;
        await TryAsync(Act.Stat, handle.Type, async () => size = await inner.StatAsync(handle, cancellationToken));
        return size;
    }

    /// <summary>What comes before the line breaks is in the buffer all the same.</summary>
    public Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        TryAsync(Act.Read, handle.Type, () => inner.ReadAsync(handle, offset, destination, cancellationToken));

    public async Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        byte[] content = [];
        await TryAsync(Act.Read, handle.Type, async () => content = await inner.ReadAllAsync(handle, cancellationToken));
        return content;
    }

    public async Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var (fate, chance) = await BeginAsync(Act.Write, handle.Type);
        if (fate == Fate.FailsBefore) throw Broken();
        await inner.WriteAsync(handle, fate == Fate.Torn ? content[..chance.Next(content.Length)] : content, cancellationToken);
        _changes.Enqueue((new StoredFile(handle, content.Length), true));
        if (fate != Fate.Good) throw Broken();
    }

    public Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken) => TryAsync(Act.Delete, handle.Type, async () =>
    {
        var size = await inner.StatAsync(handle, cancellationToken);
        await inner.DeleteAsync(handle, cancellationToken);
        if (size is not null) _changes.Enqueue((new StoredFile(handle, size.Value), false));
    });

    private void GoBack(Dictionary<FileHandle, StoredFile> files, FileType type, int changes)
    {
        foreach (var (file, isThere) in _changes.Reverse().Where(change => change.File.Handle.Type == type).Take(changes))
        {
            if (isThere) files.Remove(file.Handle);
            else files.TryAdd(file.Handle, file);
        }
    }

    private async Task TryAsync(Act act, FileType type, Func<Task> action)
    {
        var (fate, _) = await BeginAsync(act, type);
        if (fate == Fate.FailsBefore) throw Broken();
        await action();
        if (fate != Fate.Good) throw Broken();
    }

    private async Task<(Fate Fate, Random Chance)> BeginAsync(Act act, FileType type)
    {
        var ordinal = Interlocked.Increment(ref _counts.GetOrAdd((act, type), static _ => new StrongBox<int>()).Value);
        var chance = new Random(unchecked((((faults.Seed * 8191) + ((int)act * 8) + (int)type) * 131071) + ordinal));
        for (var turns = faults.IsSlow ? chance.Next(30) : 0; turns > 0; turns--) await Task.Yield();
        var number = Interlocked.Increment(ref _requests);
        var fails = chance.NextDouble() < faults.Share;
        if (faults.EndsAfter is { } last && number > last)
        {
            // Only the request in which it ends may have had an effect.
            if (number > last + 1) throw Broken();
            fails = true;
        }

        return (fails ? Failure(act, chance) : Fate.Good, chance);
    }

    private Fate Failure(Act act, Random chance) =>
        act == Act.Write && faults.TearsWrites && chance.Next(2) == 0 ? Fate.Torn : chance.Next(2) == 0 ? Fate.FailsBefore : Fate.FailsAfter;

    private HoldfastException Broken()
    {
        Interlocked.Increment(ref _failures);
        return HasEnded
            ? new HoldfastException(FailureKind.Unavailable, "the storage is gone", "see whether it is there again")
            : new HoldfastException(FailureKind.Unavailable, "the line broke") { IsTransient = true };
    }
}
