using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Staging;

/// <summary>
/// Writes the contents of files under their staged names, verified and with their metadata, a bounded number of them open at a time. What is
/// in their present contents already is not fetched.
/// </summary>
internal sealed class FileStager(Repository repository, BlobReader reader, RestoreLog log, OperationProgress progress, int workers)
{
    private const int MostOpen = 256;
    private const int MostBlobs = 1 << 17;

    private readonly BlobFetcher _fetcher = new(repository, reader);
    private readonly NodeWriter _metadata = new();

    /// <param name="files">Regular files.</param>
    /// <param name="sync">Make each durable by itself.</param>
    /// <param name="whole">Called for each file that is whole and closed, from several threads at a time.</param>
    /// <param name="lost">Called for each file of which something is missing; its staged file is gone.</param>
    /// <param name="cancellationToken">Stops between blobs; the files of the batch are removed.</param>
    internal async Task StageAsync(
        IReadOnlyList<StagedFile> files,
        bool sync,
        Action<StagedFile> whole,
        Action<StagedFile, string> lost,
        CancellationToken cancellationToken)
    {
        foreach (var batch in Batches(files))
        {
            using var open = new FileBatch(batch, reader, progress);
            await open.ReuseAsync(workers, cancellationToken).ConfigureAwait(false);
            await _fetcher.FetchAsync(open.Wanted, open, workers, cancellationToken).ConfigureAwait(false);
            var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(Enumerable.Range(0, batch.Count), options, (i, _) =>
            {
                if (Finish(open, batch, i, sync) is { } missing) lost(batch[i], missing);
                else whole(batch[i]);
                progress.AddItem();
                return ValueTask.CompletedTask;
            }).ConfigureAwait(false);
        }
    }

    private string? Finish(FileBatch open, List<StagedFile> batch, int number, bool sync)
    {
        var missing = open.Finish(number);
        if (missing is not null)
        {
            FileSystem.Remove(batch[number].Path);
            return missing;
        }

        ApplyMetadata(batch[number]);
        if (sync) FileContentSync.Sync(batch[number].Path);
        log.Reused(open.Reused(number));
        return null;
    }

    private void ApplyMetadata(StagedFile file)
    {
        try
        {
            log.Metadata(_metadata.Apply(file.Path, file.Item.Node));
        }
        catch (HoldfastException error)
        {
            // The content is whole and worth more than a mode that could not be set.
            log.Problem($"\"{file.Item.Destination.Display}\" was restored without all of its metadata: {error.Message}");
        }
    }

    private static IEnumerable<List<StagedFile>> Batches(IReadOnlyList<StagedFile> files)
    {
        var batch = new List<StagedFile>();
        var blobs = 0;
        foreach (var file in files)
        {
            var count = file.Item.Node.Content!.Count;
            if (batch.Count == MostOpen || (batch.Count > 0 && blobs + count > MostBlobs))
            {
                yield return batch;
                (batch, blobs) = ([], 0);
            }

            batch.Add(file);
            blobs += count;
        }

        if (batch.Count > 0) yield return batch;
    }
}
