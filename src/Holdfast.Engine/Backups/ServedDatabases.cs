using System.Runtime.ExceptionServices;
using Holdfast.Engine.Databases;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Backups;

/// <summary>
/// The databases of one backup that a server holds. All states are taken before the first is read. What goes wrong with one is named; the others, and the
/// files, are saved.
/// </summary>
/// <param name="archiver">Saves one as a dump.</param>
/// <param name="clusters">Saves one with the cluster that it is in.</param>
/// <param name="databases">Which.</param>
/// <param name="folder">Where they are in the snapshot.</param>
/// <param name="log">Told what is missing.</param>
/// <param name="lockTime">How long a dump waits for a table that somebody has locked.</param>
/// <param name="clock">Of the states.</param>
internal sealed class ServedDatabases(
    PostgresArchiver archiver, ClusterArchiver clusters, IReadOnlyList<ServedDatabase> databases, FilePath folder, BackupLog log, TimeSpan lockTime, TimeProvider clock)
    : IAsyncDisposable
{
    private readonly Dictionary<ServedDatabase, PostgresSnapshot> _snapshots = [];
    private readonly Dictionary<ServedDatabase, ExceptionDispatchInfo> _failures = [];
    private readonly List<(ServedDatabase Source, ArchivedServedDatabase Saved)> _saved = [];

    /// <summary>Where they all are in the snapshot.</summary>
    internal FilePath Folder => folder;

    /// <summary>The folder of a database in the snapshot.</summary>
    internal FilePath FolderOf(ServedDatabase database) => folder.Combine(database.Name);

    /// <summary>Takes the state of each that is dumped; a base backup is of the state at its end. What cannot be reached is passed over for now.</summary>
    internal async Task PinAsync(CancellationToken cancellationToken)
    {
        foreach (var database in databases.Where(database => database.Form == ServedForm.Logical))
        {
            try
            {
                var server = await PostgresServer.ResolveAsync(database.Address, clock, cancellationToken).ConfigureAwait(false);
                _snapshots[database] = await PostgresSnapshot.OpenAsync(server, lockTime, clock, cancellationToken).ConfigureAwait(false);
                log.ReadAt(_snapshots[database].At);
            }
            catch (HoldfastException error)
            {
                _failures[database] = ExceptionDispatchInfo.Capture(error);
            }
        }
    }

    /// <summary>Saves each that is pinned, and lets it go.</summary>
    /// <param name="parent">The root of the parent snapshot.</param>
    /// <param name="failure">The failure of the repository; anything else is the database's.</param>
    /// <param name="cancellationToken">Ends the one that is being saved.</param>
    internal async Task ReadAsync(ParentDirectory parent, Func<HoldfastException?> failure, CancellationToken cancellationToken)
    {
        if (_snapshots.Count == 0 && databases.All(database => database.Form == ServedForm.Logical)) return;
        var previous = await PreviousAsync(parent, cancellationToken).ConfigureAwait(false);
        foreach (var database in databases)
        {
            try
            {
                var known = previous?.Databases.FirstOrDefault(record => record.Path == FolderOf(database).ToString())?.Postgres;
                if (await ReadAsync(database, known, cancellationToken).ConfigureAwait(false) is { } saved) _saved.Add((database, saved));
            }
            catch (HoldfastException error) when (!ReferenceEquals(error, failure()))
            {
                _failures[database] = ExceptionDispatchInfo.Capture(error);
            }
        }
    }

    /// <summary>Enters all in the log, and gives the folders to put into the snapshot.</summary>
    internal IEnumerable<(ServedDatabase Source, ArchivedServedDatabase Saved)> Finish()
    {
        foreach (var (database, failure) in _failures) log.Miss(database, FolderOf(database), failure.SourceException.Message);
        foreach (var (_, saved) in _saved) log.Database(saved.Record);
        return _saved;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var snapshot in _snapshots.Values) await snapshot.DisposeAsync().ConfigureAwait(false);
        _snapshots.Clear();
    }

    /// <returns>Null when it could not be reached before.</returns>
    private async Task<ArchivedServedDatabase?> ReadAsync(ServedDatabase database, PostgresRecord? previous, CancellationToken cancellationToken)
    {
        if (database.Form == ServedForm.Physical)
        {
            var server = await PostgresServer.ResolveAsync(database.Address, clock, cancellationToken).ConfigureAwait(false);
            var size = previous is { Method: PostgresRecord.Physical } ? previous.ChunkAverage : null;
            return await clusters.SaveAsync(database, server, FolderOf(database), size, cancellationToken).ConfigureAwait(false);
        }

        if (!_snapshots.Remove(database, out var snapshot)) return null;
        await using (snapshot.ConfigureAwait(false))
        {
            var average = previous is { Method: PostgresRecord.Logical } ? previous.ChunkAverage : null;
            return await archiver.SaveAsync(database, snapshot, FolderOf(database), average, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<SnapshotRecord?> PreviousAsync(ParentDirectory parent, CancellationToken cancellationToken)
    {
        if (await parent.TryReadAsync(folder.Parent!.Combine(RecordPlace.FileName), cancellationToken).ConfigureAwait(false) is not { } json) return null;
        try
        {
            return SnapshotRecord.Parse(json);
        }
        catch (HoldfastException)
        {
            // A newer program's: then the dump may be cut in other places, and is stored anew.
            return null;
        }
    }
}
