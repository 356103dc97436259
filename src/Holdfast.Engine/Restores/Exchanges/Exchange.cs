using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// Puts everything that a restore has staged in its place, with the old things kept until the end: databases first because they can fail,
/// then files, then the metadata of folders. What it does is told by the items alone, so that another process can finish or undo it.
/// </summary>
internal sealed class Exchange : IDisposable
{
    /// <summary>With more folders than this, one syncfs is quicker than many fsyncs.</summary>
    private const int ManyFolders = 64;

    private readonly List<ExchangeItem> _databases;
    private readonly List<KeptFile> _files;
    private readonly List<KeptFolder> _folders;
    private readonly IReadOnlyList<ExchangeItem> _items;
    private readonly DatabaseExchange _exchange;
    private readonly RestoreLog _log;

    /// <param name="items">In the order in which they are exchanged.</param>
    /// <param name="verification">How a database is checked in its place.</param>
    /// <param name="log">Told what was noticed.</param>
    internal Exchange(IReadOnlyList<ExchangeItem> items, DatabaseVerification verification, RestoreLog log)
    {
        _items = items;
        _log = log;
        _databases = [.. items.Where(item => item.Kind == ExchangeKind.Database)];
        _files = [.. items.Where(item => item.Kind == ExchangeKind.File).Select(item => new KeptFile(item))];
        _folders = [.. items.Where(item => item.Kind == ExchangeKind.Folder).Select(item => new KeptFolder(item))];
        _exchange = new DatabaseExchange(verification, log);
    }

    /// <summary>Exchanges what is not exchanged yet.</summary>
    /// <exception cref="HoldfastException">It failed, and everything was put back, unless the message says otherwise.</exception>
    internal void Forward()
    {
        try
        {
            _exchange.Exchange(_databases);
            foreach (var file in _files) file.Replace();
            // Those below before those above, because their times change with what is made in them.
            foreach (var folder in Enumerable.Reverse(_folders)) folder.Finish(_log);
            SyncFolders();
        }
        catch (Exception error)
        {
            Undo(error);
            throw;
        }
    }

    private void Undo(Exception error)
    {
        try
        {
            PutBack();
        }
        catch (HoldfastException second)
        {
            throw new HoldfastException((error as HoldfastException)?.Kind ?? FailureKind.Failed, $"{error.Message}; {second.Message}", second.Hint, error);
        }
    }

    /// <summary>Puts back everything that was exchanged, by this process or by one before it. Done again, it changes nothing.</summary>
    /// <exception cref="HoldfastException">Something could not be put back: what, and where it is.</exception>
    internal void PutBack()
    {
        _exchange.Dispose();
        var failed = new List<string>();
        foreach (var file in Enumerable.Reverse(_files)) Try(() => Tell(file.PutBack()), failed);
        foreach (var database in Enumerable.Reverse(_databases)) Try(() => PutBack(database), failed);
        foreach (var folder in Enumerable.Reverse(_folders)) Try(folder.PutBack, failed);
        SyncFolders();
        if (failed.Count == 0) return;
        throw new HoldfastException(
            FailureKind.Failed,
            $"not everything could be put back: {string.Join("; ", failed.Take(5))}{(failed.Count > 5 ? $"; and {failed.Count - 5} more" : string.Empty)}",
            "mend that, then run `holdfast operations undo` again");
    }

    /// <summary>Removes the old things.</summary>
    /// <param name="keep">Destinations whose old file is not removed.</param>
    internal void Drop(IReadOnlyList<FilePath> keep)
    {
        _exchange.Dispose();
        foreach (var item in _items.Where(item => item.Kind != ExchangeKind.Folder && !keep.Contains(item.Destination)))
        {
            if (item.Kind == ExchangeKind.File) new KeptFile(item).Drop();
            else using (var kept = new KeptDatabase(item)) kept.Drop();
        }

        SyncFolders();
    }

    public void Dispose() => _exchange.Dispose();

    private void Tell(string? sentence)
    {
        if (sentence is not null) _log.Notice(sentence);
    }

    private static void PutBack(ExchangeItem database)
    {
        using var kept = new KeptDatabase(database);
        var outcome = kept.PutBack();
        if (!outcome.IsBack) throw new HoldfastException(FailureKind.Busy, outcome.Sentence!);
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
            .Where(folder => FileSystem.TryStatus(folder, followLinks: true) is { IsDirectory: true }).ToList();
        if (folders.Count <= ManyFolders)
        {
            foreach (var folder in folders) DirectorySync.Sync(folder);
            return;
        }

        foreach (var group in folders.GroupBy(FileSystemIdentity.Of)) DirectorySync.SyncFileSystem(group.First());
    }
}
