using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Restores;

/// <summary>
/// Some files that are open at once and take the blobs that belong to them. A lost blob costs only the files that hold it.
/// </summary>
internal sealed class FileBatch : IBlobReceiver, IDisposable
{
    private readonly IReadOnlyList<StagedFile> _files;
    private readonly SparseFileWriter?[] _writers;
    private readonly string?[] _lost;
    private readonly ContentPlaces _places;
    private readonly OperationProgress _progress;

    /// <summary>Creates the files under their staged names.</summary>
    internal FileBatch(IReadOnlyList<StagedFile> files, BlobReader reader, OperationProgress progress)
    {
        _files = files;
        _progress = progress;
        _writers = new SparseFileWriter?[files.Count];
        _lost = new string?[files.Count];
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

    /// <summary>The blobs, in the order in which the files want them.</summary>
    internal IEnumerable<Id> Wanted => _files.SelectMany(file => file.Item.Node.Content!);

    public ValueTask DeliverAsync(Id id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        // Zeros become holes; a very large sparse file has the same chunk of them thousands of times.
        var isZero = !content.Span.ContainsAnyExcept((byte)0);
        foreach (ref readonly var place in _places.Find(id))
        {
            if (content.Length != place.Length)
                Lose(place.File, $"data {id} has {content.Length} bytes and not {place.Length} as the index says");
            else if (!isZero) _writers[place.File]!.WriteAt(place.Offset, content.Span);
            _progress.AddBytes(content.Length);
        }

        return ValueTask.CompletedTask;
    }

    public void Lose(Id id, string why)
    {
        foreach (var place in _places.Find(id)) Lose(place.File, why);
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

    private void Lose(int file, string why) => Interlocked.CompareExchange(ref _lost[file], why, null);
}
