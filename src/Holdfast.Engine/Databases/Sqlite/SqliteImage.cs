using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// One consistent image of a live database, byte for byte what the database file would be if the log were checkpointed at that commit,
/// without a copy of it on disk. The commit stays pinned until the image is disposed of. In WAL mode writers never wait for it, but the
/// log cannot be copied back meanwhile and grows; in the rollback modes writers wait.
/// Safe for concurrent use; the reads run one after the other.
/// </summary>
public sealed class SqliteImage : IDisposable, IAsyncDisposable
{
    // Byte 2^30 of a database file holds SQLite's locks; the page around it is never used (fileformat2.html, section 1.4).
    private const long LockByte = 1L << 30;

    private readonly Lock _gate = new();
    private readonly ImageConnection _connection;
    private readonly PinnedState _pinned;
    private readonly long _fileSize;
    private readonly Dictionary<uint, string> _unreadable = [];
    private bool _disposed;

    private SqliteImage(ImageConnection connection, PinnedState pinned)
    {
        _connection = connection;
        _pinned = pinned;
        connection.Check(pinned.Database.Size(out _fileSize));
        PageSize = pinned.PageSize;
        Header = ReadHeader();
        if (PageSize != Header.PageSize)
            throw new HoldfastException(FailureKind.Damaged, $"the log and the header of {SqliteFailures.Quote(Path)} disagree about the page size");
        PageCount = CountPages();
        foreach (var page in pinned.Frames.Doubtful) _unreadable.TryAdd(page, "its checksum in the log is wrong");
        Survey = new PageSurvey(PageSize, PageSize - Header.ReservedBytes, PageCount);
    }

    /// <summary>The database's file.</summary>
    public string Path => _connection.Path;

    /// <summary>The header in page 1 of the image.</summary>
    public SqliteHeader Header { get; }

    /// <summary>Bytes per page.</summary>
    public int PageSize { get; }

    /// <summary>Pages in the image.</summary>
    public uint PageCount { get; }

    /// <summary>The image's size in bytes.</summary>
    public long Length => PageCount * (long)PageSize;

    public SqliteJournalMode JournalMode => _pinned.JournalMode;

    /// <summary>How many pages come from the write-ahead log and not from the file.</summary>
    public int PagesFromLog => _pinned.Frames.Count;

    /// <summary>What is fed with the pages as they stream, so that <see cref="Summarise"/> can count and check them.</summary>
    public PageSurvey Survey { get; }

    /// <summary>
    /// Pins the newest commit of a database. Throws <see cref="HoldfastException"/> when the file is missing, empty, no database,
    /// or stays locked until the deadline. A journal left by a killed writer is rolled back first, as any reader has to.
    /// </summary>
    /// <param name="path">The database's file.</param>
    public static async Task<SqliteImage> OpenAsync(string path, SqliteImageOptions options, CancellationToken cancellation)
    {
        var full = System.IO.Path.GetFullPath(path);
        SqliteConnections.CheckExists(full);
        var connection = ImageConnection.Open(full);
        PinnedState? pinned = null;
        try
        {
            pinned = await PinnedState.PinAsync(connection, options, cancellation);
            return new SqliteImage(connection, pinned);
        }
        catch
        {
            pinned?.Dispose();
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads whole pages. Fewer bytes than asked for come only at the end of the image. Pages that cannot be read, or that the file is
    /// too short for, come as zeros and are named by <see cref="Summarise"/>.
    /// </summary>
    /// <param name="offset">Where to start, a multiple of the page size.</param>
    /// <param name="destination">Room for whole pages, or for the rest of the image.</param>
    public int Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var length = (int)Math.Min(destination.Length, Math.Max(0, Length - offset));
        if (offset % PageSize != 0 || length % PageSize != 0) throw new ArgumentException("an image is read in whole pages", nameof(offset));
        if (length == 0) return 0;
        destination = destination[..length];
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ReadFile(offset, destination);
            ReadLog(offset, destination);
        }

        return length;
    }

    /// <summary>
    /// Rows per table and damage, from what <see cref="Survey"/> has seen. Pages it has not seen are read now.
    /// </summary>
    public SqliteImageSummary Summarise(CancellationToken cancellation) => new ImageSummariser(this).Summarise(cancellation);

    /// <summary>The pages that <see cref="Read"/> could not give, and why.</summary>
    internal IReadOnlyDictionary<uint, string> Unreadable()
    {
        lock (_gate) return new Dictionary<uint, string>(_unreadable);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            _pinned.Dispose();
            _connection.Dispose();
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal bool IsLockPage(uint page) => page == LockByte / PageSize + 1;

    private void ReadFile(long offset, Span<byte> destination)
    {
        // The file cannot grow or shrink while the commit is pinned.
        var inFile = (int)Math.Clamp(_fileSize - offset, 0, destination.Length);
        destination[inFile..].Clear();
        if (inFile > 0 && _pinned.Database.Read(destination[..inFile], offset) != LibSqlite.Ok) ReadPageByPage(offset, destination, inFile);
        var complete = inFile / PageSize * PageSize;
        for (var at = complete; at < destination.Length; at += PageSize) MarkUnreadable(PageAt(offset + at), "the file is too short for it");
    }

    // Some sector of the range cannot be read: all other pages are still worth having.
    private void ReadPageByPage(long offset, Span<byte> destination, int inFile)
    {
        for (var at = 0; at < inFile; at += PageSize)
        {
            var page = destination.Slice(at, Math.Min(PageSize, inFile - at));
            if (_pinned.Database.Read(page, offset + at) == LibSqlite.Ok) continue;
            page.Clear();
            MarkUnreadable(PageAt(offset + at), "the disk cannot read it");
        }
    }

    private void ReadLog(long offset, Span<byte> destination)
    {
        var frames = _pinned.Frames;
        var first = PageAt(offset);
        var end = first + (uint)(destination.Length / PageSize);
        for (var i = frames.FirstFrom(first); i < frames.Count && frames.PageAt(i) < end; i++)
        {
            var page = destination.Slice((int)(frames.PageAt(i) - first) * PageSize, PageSize);
            if (_pinned.Log.Read(page, frames.ContentAt(i)) == LibSqlite.Ok) continue;
            page.Clear();
            _unreadable.TryAdd(frames.PageAt(i), "the disk cannot read it in the log");
        }
    }

    private void MarkUnreadable(uint page, string reason)
    {
        if (!IsLockPage(page) && !_pinned.Frames.Contains(page) && _unreadable.Count < SqliteImageSummary.MaximumDamage)
            _unreadable.TryAdd(page, reason);
    }

    private uint PageAt(long offset) => (uint)(offset / PageSize) + 1;

    private SqliteHeader ReadHeader()
    {
        if (_fileSize == 0 && !_pinned.Frames.Contains(1)) throw SqliteFailures.Empty(Path);
        var page = new byte[PageSize];
        ReadFile(0, page);
        ReadLog(0, page);
        return SqliteHeader.Parse(page.AsSpan(0, SqliteHeader.Size), Path);
    }

    private uint CountPages()
    {
        var present = Math.Max((uint)((_fileSize + PageSize - 1) / PageSize), _pinned.Frames.LastPage);
        var claimed = _pinned.PageCount > 0 ? _pinned.PageCount : Header.PageCount;
        if (claimed == 0) return present;
        // The image ends where the bytes end: a damaged or hostile size must not become terabytes of zeros.
        if (claimed > present) _unreadable.TryAdd(present + 1, $"the database should have {claimed} pages, and ends before this one");
        return Math.Min(claimed, present);
    }
}
