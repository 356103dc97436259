using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// Puts everything that a restore has staged in its place, with the old things kept until the end: databases first because they can fail,
/// then files, then the metadata of folders. What it does is told by the items alone, so that another process can finish or undo it.
/// </summary>
internal sealed class Exchange : IDisposable
{
    private readonly List<ExchangeItem> _databases;
    private readonly List<KeptFile> _files;
    private readonly List<KeptTree> _trees;
    private readonly List<KeptFolder> _folders;
    private readonly IReadOnlyList<ExchangeItem> _items;
    private readonly DatabaseExchange _exchange;
    private readonly RestoreLog _log;

    /// <param name="items">In the order in which they are exchanged.</param>
    /// <param name="log">Told what was noticed.</param>
    internal Exchange(IReadOnlyList<ExchangeItem> items, RestoreLog log)
    {
        _items = items;
        _log = log;
        _databases = [.. items.Where(item => item.Kind == ExchangeKind.Database)];
        _files = [.. items.Where(item => item is { Kind: ExchangeKind.File, Held: null }).Select(item => new KeptFile(item))];
        _trees = [.. items.Where(item => item.Held is not null).Select(item => new KeptTree(item))];
        _folders = [.. items.Where(item => item.Kind == ExchangeKind.Folder).Select(item => new KeptFolder(item))];
        _exchange = new DatabaseExchange(log);
    }

    /// <summary>
    /// It goes on after an interruption: whatever was written meanwhile is in no safety snapshot, so that the old file with it stays in the end.
    /// </summary>
    internal bool IsResumed
    {
        init => _exchange.AcceptsChanges = value;
    }

    /// <summary>Exchanges what is not exchanged yet.</summary>
    /// <exception cref="HoldfastException">It failed, and everything was put back, unless the message says otherwise.</exception>
    internal void Forward()
    {
        try
        {
            _exchange.Exchange(_databases);
            foreach (var file in _files) file.Replace();
            foreach (var tree in _trees) tree.Replace();
            // Those below before those above, because their times change with what is made in them.
            foreach (var folder in Enumerable.Reverse(_folders)) folder.Finish(_log);
            SyncFolders();
        }
        catch (Exception error)
        {
            if (Undo(error) is { } more) throw more;
            throw;
        }
    }

    // What is to be told instead of the error, when there is more to tell.
    private HoldfastException? Undo(Exception error)
    {
        var failure = error as HoldfastException;
        var kind = failure?.Kind ?? FailureKind.Failed;
        try
        {
            var remarks = PutBack();
            return remarks.Count == 0 ? null : new HoldfastException(kind, $"{error.Message}; {string.Join("; ", remarks)}", failure?.Hint, error);
        }
        catch (HoldfastException second)
        {
            return new HoldfastException(kind, $"{error.Message}; {second.Message}", second.Hint, error);
        }
    }

    /// <summary>Puts back everything that was exchanged, by this process or by one before it. Done again, it changes nothing.</summary>
    /// <returns>What of someone else's was set aside for that, as parts of a sentence.</returns>
    /// <exception cref="HoldfastException">Something could not be put back: what, and where it is.</exception>
    internal IReadOnlyList<string> PutBack()
    {
        _exchange.Dispose();
        var (failed, remarks) = (new List<string>(), new List<string>());
        foreach (var tree in Enumerable.Reverse(_trees)) Try(() => { foreach (var outcome in tree.PutBack()) Add(remarks, outcome); }, failed);
        foreach (var file in Enumerable.Reverse(_files)) Try(() => Add(remarks, file.PutBack()), failed);
        foreach (var database in Enumerable.Reverse(_databases)) Try(() => Add(remarks, PutBack(database)), failed);
        foreach (var folder in Enumerable.Reverse(_folders)) Try(() => Add(remarks, folder.PutBack()), failed);
        SyncFolders();
        if (failed.Count == 0) return remarks;
        throw new HoldfastException(
            FailureKind.Failed,
            // What was set aside is never told again.
            string.Join("; ", remarks.Prepend($"not everything could be put back: {string.Join("; ", failed.Take(5))}{(failed.Count > 5 ? $"; and {failed.Count - 5} more" : string.Empty)}")),
            "mend that, then run `holdfast operations undo` again");
    }

    /// <summary>Removes the old things, but for those that somebody has written to since they were saved: those are told of, and stay.</summary>
    /// <param name="keep">Destinations whose old file is not removed.</param>
    /// <returns>The names of those that stay because somebody has written to them.</returns>
    internal IReadOnlyList<FilePath> Drop(IReadOnlyList<FilePath> keep)
    {
        var written = new List<FilePath>();
        foreach (var item in _items.Where(item => item.Kind != ExchangeKind.Folder && !keep.Contains(item.Destination)))
        {
            if (Drop(item, keep)) continue;
            written.Add(item.Kept!);
            _log.Notice($"somebody has written to \"{item.Destination.Display}\" after the safety snapshot was made; what was written is in \"{item.Kept!.Display}\" alone, which stays");
        }

        // Only now: until it was looked at, nobody could write to an old database.
        _exchange.Dispose();
        SyncFolders();
        return written;
    }

    private static bool Drop(ExchangeItem item, IReadOnlyList<FilePath> keep)
    {
        if (item.Held is not null) return new KeptTree(item).Drop(keep);
        if (item.Kind == ExchangeKind.File) return new KeptFile(item).Drop();
        using var kept = new KeptDatabase(item);
        return kept.Drop();
    }

    public void Dispose() => _exchange.Dispose();

    private void Add(List<string> remarks, KeptOutcome outcome)
    {
        // Nothing can be done again about what is gone: it is told, and the rest comes to its end.
        if (outcome.IsLost) _log.Problem(outcome.Sentence!);
        else if (!outcome.IsBack) throw new HoldfastException(FailureKind.Busy, outcome.Sentence!);
        if (outcome.IsRemark || outcome.IsLost) remarks.Add(outcome.Sentence!);
    }

    private static KeptOutcome PutBack(ExchangeItem database)
    {
        using var kept = new KeptDatabase(database);
        return kept.PutBack();
    }

    private static void Try(Action act, List<string> failed)
    {
        try
        {
            act();
        }
        catch (HoldfastException error)
        {
            failed.Add(error.Message);
        }
    }

    private void SyncFolders()
    {
        var folders = _items.Select(item => item.Destination.Parent).OfType<FilePath>().Distinct()
            .Where(folder => FileSystem.TryStatus(folder, followLinks: true) is { IsDirectory: true });
        BulkSync.Folders([.. folders]);
    }
}
