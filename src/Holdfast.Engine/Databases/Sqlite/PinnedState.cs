using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// One commit of a live database, held in place until it is released: in WAL mode by WAL_READ_LOCK(0) of the wal-index, otherwise by
/// the SHARED lock of an open read transaction. docs/design/sqlite-image.md says why that is enough.
/// </summary>
internal sealed class PinnedState : IDisposable
{
    // Damage to the log would be seen again at every attempt; a race with its restart would not.
    private const int LogAttempts = 3;

    private readonly ImageConnection _connection;
    private bool _holdsWalLock;

    private PinnedState(ImageConnection connection, bool holdsWalLock)
    {
        _connection = connection;
        _holdsWalLock = holdsWalLock;
        Database = connection.Database;
        Log = connection.Journal;
    }

    public SqliteFile Database { get; }

    public SqliteFile Log { get; }

    public SqliteJournalMode JournalMode { get; private init; }

    public int PageSize { get; private init; }

    /// <summary>The size in pages as the log's index knows it; 0 when page 1 and the file's size say it.</summary>
    public uint PageCount { get; private init; }

    /// <summary>The pages that are newer in the log than in the file.</summary>
    public WalFrames Frames { get; private init; } = WalFrames.None;

    /// <summary>Pins the newest commit, waiting up to the deadline for a moment at which that is possible.</summary>
    public static async Task<PinnedState> PinAsync(ImageConnection connection, SqliteImageOptions options, CancellationToken cancellation)
    {
        var started = options.Clock.GetTimestamp();
        var delay = TimeSpan.FromMilliseconds(1);
        for (var attempt = 1; ; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryPin(connection, attempt >= LogAttempts, cancellation) is { } pinned) return pinned;
            if (options.Clock.GetElapsedTime(started) > options.BusyDeadline)
                throw SqliteFailures.Busy(connection.Path, options.DescribeHolders?.Invoke(connection.Path));
            await Task.Delay(delay, options.Clock, cancellation);
            delay = TimeSpan.FromMilliseconds(Math.Min(50, delay.TotalMilliseconds * 2));
        }
    }

    public void Dispose()
    {
        if (!_holdsWalLock) return;
        _holdsWalLock = false;
        // Other connections of this process share the lock's counter, which closing does not lower.
        _ = Database.UnlockShared(WalIndex.ReadLock0);
    }

    private static PinnedState? TryPin(ImageConnection connection, bool tolerant, CancellationToken cancellation)
    {
        if (connection.BeginRead() != LibSqlite.Ok) return null;
        // As long as the transaction is open the mode cannot change; afterwards it cannot either, if it is WAL.
        if (!connection.IsWal())
            return new PinnedState(connection, holdsWalLock: false) { JournalMode = SqliteJournalMode.Rollback, PageSize = connection.PageSize() };
        connection.EndRead();

        var database = connection.Database;
        var locked = database.LockShared(WalIndex.ReadLock0);
        if ((locked & 0xff) == LibSqlite.Busy) return null;
        connection.Check(locked);
        PinnedState? pinned = null;
        try
        {
            return pinned = ReadLog(connection, tolerant, cancellation);
        }
        finally
        {
            if (pinned is null) _ = database.UnlockShared(WalIndex.ReadLock0);
        }
    }

    private static unsafe PinnedState? ReadLog(ImageConnection connection, bool tolerant, CancellationToken cancellation)
    {
        connection.Check(connection.Database.MapWalIndex(out var address));
        if (address == null)
            throw new HoldfastException(
                FailureKind.Failed,
                $"the wal-index of {SqliteFailures.Quote(connection.Path)} cannot be mapped",
                "WAL mode needs a local file system, and the right to write beside the database");
        if (!new WalIndex(address).TryRead(out var header, out var backfilled)) return null;

        var frames = WalFrames.None;
        if (header.LastFrame > 0 && backfilled < header.LastFrame)
        {
            var read = WalFrames.TryRead(connection.Journal, header, tolerant, out var problem, cancellation);
            if (read is null && !tolerant) return null;
            frames = read ?? throw new HoldfastException(
                FailureKind.Damaged,
                $"the write-ahead log of {SqliteFailures.Quote(connection.Path)} is damaged: {problem}",
                "stop the application and keep copies of the database, its -wal and its -shm before anything else");
        }

        return new PinnedState(connection, holdsWalLock: true)
        {
            JournalMode = SqliteJournalMode.Wal,
            PageSize = header.PageSize != 0 ? header.PageSize : connection.PageSize(),
            PageCount = header.PageCount,
            Frames = frames,
        };
    }
}
