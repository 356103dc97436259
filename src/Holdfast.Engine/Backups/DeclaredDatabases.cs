using System.Runtime.ExceptionServices;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Backups;

/// <summary>
/// The declared databases of one backup. All are pinned before the first is read, so that their states are of one moment as nearly as locks allow.
/// What goes wrong with one is kept until somebody asks for it.
/// </summary>
internal sealed class DeclaredDatabases(DatabaseArchiver archiver, DatabaseFinder finder, TimeSpan deadline) : IAsyncDisposable
{
    /// <summary>
    /// How long a database may keep us waiting while we hold up the writers of another one: an application that has written to the first and now wants
    /// to write to the second would wait for us as we wait for it.
    /// </summary>
    private static readonly TimeSpan _briefly = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<FilePath, DatabasePin> _pins = [];
    private readonly Dictionary<FilePath, ArchivedDatabase> _read = [];
    private readonly Dictionary<FilePath, ExceptionDispatchInfo> _failures = [];

    /// <summary>Reads what is worth it before anything is held; see <see cref="DatabaseArchiver.TrySaveAheadAsync"/>.</summary>
    internal async Task SaveAheadAsync(IEnumerable<(DatabaseSource Source, int? PreviousChunkSize)> databases, CancellationToken cancellationToken)
    {
        foreach (var (source, previous) in databases)
        {
            if (previous is null && IsFile(source.Path)) await archiver.TrySaveAheadAsync(source, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Pins them all. Those that are not there, or cannot be pinned, are passed over for now.</summary>
    internal async Task PinAsync(IEnumerable<DatabaseSource> databases, CancellationToken cancellationToken)
    {
        var order = databases.Where(source => IsFile(source.Path)).ToList();
        for (var round = 0; await PinInOrderAsync(order, isLast: round > order.Count, cancellationToken).ConfigureAwait(false) is { } busy; round++)
        {
            // Whoever keeps us waiting goes first next time, when we hold up nobody.
            foreach (var path in _pins.Where(pin => pin.Value.HoldsUpWriters).Select(pin => pin.Key).ToList()) await ReleaseAsync(path).ConfigureAwait(false);
            order.Remove(busy);
            order.Insert(0, busy);
        }
    }

    /// <summary>Reads all that are pinned, those first whose writers wait.</summary>
    internal async Task ReadAsync(IEnumerable<(DatabaseSource Source, int? PreviousChunkSize)> databases, CancellationToken cancellationToken)
    {
        var pinned = databases.Where(database => _pins.ContainsKey(database.Source.Path)).ToList();
        foreach (var (source, previous) in pinned.OrderByDescending(database => _pins[database.Source.Path].HoldsUpWriters))
        {
            try
            {
                _read[source.Path] = await archiver.ReadAsync(source, _pins[source.Path], previous, cancellationToken).ConfigureAwait(false);
            }
            catch (HoldfastException error)
            {
                _failures[source.Path] = ExceptionDispatchInfo.Capture(error);
            }
            finally
            {
                await ReleaseAsync(source.Path).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What was read of a database; reads it now when that was not done before.</summary>
    /// <exception cref="HoldfastException">Why it could not be pinned or read.</exception>
    internal async Task<ArchivedDatabase> TakeAsync(DatabaseSource source, int? previousChunkSize, CancellationToken cancellationToken)
    {
        if (_failures.TryGetValue(source.Path, out var failure)) failure.Throw();
        return _read.TryGetValue(source.Path, out var read)
            ? read
            : await archiver.SaveAsync(source, previousChunkSize, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var path in _pins.Keys.ToList()) await ReleaseAsync(path).ConfigureAwait(false);
    }

    /// <returns>A database that would have kept us waiting at the cost of others; null when all are pinned that can be.</returns>
    private async Task<DatabaseSource?> PinInOrderAsync(IReadOnlyList<DatabaseSource> order, bool isLast, CancellationToken cancellationToken)
    {
        foreach (var source in order.Where(source => !_pins.ContainsKey(source.Path) && !_failures.ContainsKey(source.Path)))
        {
            var mayWait = isLast || !_pins.Values.Any(pin => pin.HoldsUpWriters);
            try
            {
                var patience = mayWait || deadline < _briefly ? deadline : _briefly;
                _pins[source.Path] = await archiver.PinAsync(source, patience, cancellationToken).ConfigureAwait(false);
                finder.Hold(source);
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.Busy && !mayWait)
            {
                return source;
            }
            catch (HoldfastException error)
            {
                _failures[source.Path] = ExceptionDispatchInfo.Capture(error);
            }
        }

        return null;
    }

    private async Task ReleaseAsync(FilePath path)
    {
        if (!_pins.Remove(path, out var pin)) return;
        await pin.DisposeAsync().ConfigureAwait(false);
        finder.Release(path);
    }

    private static bool IsFile(FilePath path)
    {
        try
        {
            return FileSystem.TryStatus(path, followLinks: false) is { IsFile: true };
        }
        catch (HoldfastException)
        {
            // The walk comes to it and says what is wrong.
            return false;
        }
    }
}
