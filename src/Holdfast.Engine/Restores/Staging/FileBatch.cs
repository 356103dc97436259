using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Deltas;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Restores.Staging;

/// <summary>
/// Some files that are open at once and take the blobs that belong to them. A lost blob costs only the files that hold it.
/// </summary>
internal sealed class FileBatch : IBlobReceiver, IDisposable
{
    private readonly IReadOnlyList<StagedFile> _files;
    private readonly SparseFileWriter?[] _writers;
    private readonly string?[] _lost;
    private readonly ReusedChunks?[] _reused;
    private readonly ContentPlaces _places;
    private readonly BlobReader _reader;
    private readonly OperationProgress _progress;

    /// <summary>Creates the files under their staged names.</summary>
    internal FileBatch(IReadOnlyList<StagedFile> files, BlobReader reader, OperationProgress progress)
    {
        _files = files;
        _reader = reader;
        _progress = progress;
        _writers = new SparseFileWriter?[files.Count];
        _lost = new string?[files.Count];
        _reused = new ReusedChunks?[files.Count];
        _places = ContentPlaces.Of([.. files.Select(file => file.Item)], reader);
        try
        {
            for (var i = 0; i < files.Count; i++) _writers[i] = SparseFileWriter.Create(files[i].Path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The blobs that are still missing, in the order in which the files want them.</summary>
    internal IEnumerable<Id> Wanted => _files.SelectMany(
        (file, number) => file.Item.Node.Content!.Where((_, chunk) => _reused[number]?[chunk] is not true));

    /// <summary>Takes the chunks that are in the present contents of the files from there.</summary>
    internal async Task ReuseAsync(int workers, CancellationToken cancellationToken)
    {
        var present = PresentContent.Open([.. _files.Select((file, number) => (file, _writers[number]!))]);
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(Work(present), options, static (look, _) =>
            {
                look();
                return ValueTask.CompletedTask;
            }).ConfigureAwait(false);
        }
        finally
        {
            foreach (var content in present) content?.Dispose();
        }
    }

    public ValueTask DeliverAsync(Id id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        // Zeros become holes; a very large sparse file has the same chunk of them thousands of times.
        var isZero = !content.Span.ContainsAnyExcept((byte)0);
        foreach (ref readonly var place in _places.Find(id))
        {
            if (_reused[place.File]?[place.Chunk] is true) continue;
            var writer = _writers[place.File]!;
            if (content.Length != place.Length)
                Lose(place.File, $"data {id} has {content.Length} bytes and not {place.Length} as the index says");
            else if (!isZero || writer.IsClone) writer.WriteAt(place.Offset, content.Span);
            _progress.AddBytes(content.Length);
        }

        return ValueTask.CompletedTask;
    }

    public void Lose(Id id, string why)
    {
        foreach (var place in _places.Find(id))
            if (_reused[place.File]?[place.Chunk] is not true) Lose(place.File, why);
        foreach (var file in _places.Incomplete)
            if (_files[file].Item.Node.Content!.Contains(id)) Lose(file, why);
    }

    /// <summary>Gives a file its size and closes it. Returns what is missing, or null when it is whole.</summary>
    internal string? Finish(int file)
    {
        using var writer = _writers[file]!;
        if (_lost[file] is null) writer.SetSize(_files[file].Item.Bytes);
        _writers[file] = null;
        return _lost[file];
    }

    /// <summary>Bytes of a file that were there already.</summary>
    internal long Reused(int file) => _reused[file]?.Bytes ?? 0;

    public void Dispose()
    {
        for (var i = 0; i < _writers.Length; i++)
        {
            if (_writers[i] is not { } writer) continue;
            writer.Dispose();
            FileSystem.Remove(writer.Path);
            _writers[i] = null;
        }
    }

    private IEnumerable<Action> Work(PresentContent?[] present)
    {
        for (var file = 0; file < present.Length; file++)
        {
            if (present[file] is not { } content || _places.Incomplete.Contains(file)) continue;
            var blobs = _files[file].Item.Node.Content!;
            var reused = _reused[file] = new ReusedChunks(blobs.Count);
            foreach (var look in new ContentReuse(blobs, content, reused, _progress).Work(_reader)) yield return look;
        }
    }

    private void Lose(int file, string why) => Interlocked.CompareExchange(ref _lost[file], why, null);
}
