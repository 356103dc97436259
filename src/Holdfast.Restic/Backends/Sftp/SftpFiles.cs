namespace Holdfast.Restic.Backends.Sftp;

/// <summary>The operations of the protocol on files and directories, with several requests on their way where there is much to carry.</summary>
internal sealed class SftpFiles
{
    // Every server must take packets of 34,000 bytes (draft-ietf-secsh-filexfer-02, section 3).
    private const int SmallestPiece = 32 << 10;
    private const int LargestPiece = 255 << 10;
    private const int InFlight = 4 << 20;
    private const int MostRequests = 64;

    private const uint ForReading = 0x01;
    private const uint ForNewFile = 0x02 | 0x08 | 0x20; // write, create, must not exist

    private readonly SftpConnection _connection;
    private readonly int _readPiece;
    private readonly int _writePiece;

    private SftpFiles(SftpConnection connection, int readPiece, int writePiece)
    {
        _connection = connection;
        _readPiece = readPiece;
        _writePiece = writePiece;
    }

    /// <summary>Asks for the sizes of pieces that the server takes.</summary>
    public static async Task<SftpFiles> OnAsync(SftpConnection connection, CancellationToken cancellationToken)
    {
        if (!connection.Extensions.ContainsKey("limits@openssh.com")) return new SftpFiles(connection, SmallestPiece, SmallestPiece);
        var packet = connection.NewPacket(SftpType.Extended).String("limits@openssh.com");
        var (read, write) = await connection.AskAsync(packet, SftpAnswers.Limits, cancellationToken).ConfigureAwait(false);
        return new SftpFiles(connection, Piece(read), Piece(write));
    }

    /// <summary>What is there, following links; null when there is nothing.</summary>
    public async Task<SftpAttributes?> StatAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await _connection.AskAsync(On(SftpType.Stat, path), SftpAnswers.Attributes, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpRefusalException refusal) when (refusal.Status == SftpStatus.NoSuchFile)
        {
            return null;
        }
    }

    /// <summary>Every entry of a directory, `.` and `..` too; a missing directory has none.</summary>
    public async Task<List<SftpEntry>> ListAsync(string path, CancellationToken cancellationToken)
    {
        var entries = new List<SftpEntry>();
        byte[] handle;
        try
        {
            handle = await _connection.AskAsync(On(SftpType.OpenDirectory, path), SftpAnswers.Handle, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpRefusalException refusal) when (refusal.Status == SftpStatus.NoSuchFile)
        {
            return entries;
        }

        await UsingAsync(handle, async () =>
        {
            while (await _connection.AskAsync(On(SftpType.ReadDirectory, handle), SftpAnswers.Names, cancellationToken).ConfigureAwait(false) is { } more)
            {
                entries.AddRange(more);
            }
        }, cancellationToken).ConfigureAwait(false);
        return entries;
    }

    /// <summary>Fills the destination; false when the file ends before.</summary>
    public async Task<bool> TryReadAsync(string path, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var packet = On(SftpType.Open, path).UInt32(ForReading).Mode(null);
        var handle = await _connection.AskAsync(packet, SftpAnswers.Handle, cancellationToken).ConfigureAwait(false);
        var isComplete = true;
        await UsingAsync(handle, () => Pipeline.RunAsync(PiecesOf(destination.Length, _readPiece), Window(_readPiece), async (start, token) =>
        {
            var piece = destination.Slice((int)start, Math.Min(_readPiece, destination.Length - (int)start));
            while (!piece.IsEmpty && Volatile.Read(ref isComplete))
            {
                var count = await ReadPieceAsync(handle, offset + start, piece, token).ConfigureAwait(false);
                if (count == 0) Volatile.Write(ref isComplete, false);
                piece = piece[count..];
                start += count;
            }
        }, cancellationToken), cancellationToken).ConfigureAwait(false);
        return isComplete;
    }

    /// <summary>Makes a new file, writes it and sends it to the disk where the server can. The mode is set before anything is in it.</summary>
    public async Task WriteNewAsync(string path, ReadOnlyMemory<byte> content, uint mode, CancellationToken cancellationToken)
    {
        var packet = On(SftpType.Open, path).UInt32(ForNewFile).Mode(mode);
        var handle = await _connection.AskAsync(packet, SftpAnswers.Handle, cancellationToken).ConfigureAwait(false);
        // Past the server's umask. Requests on one file take effect in the order they are sent.
        var setting = IgnoringRefusalAsync(_connection.AskAsync(On(SftpType.FSetStat, handle).Mode(mode), SftpAnswers.Done, cancellationToken));
        await UsingAsync(handle, async () =>
        {
            await Pipeline.RunAsync(PiecesOf(content.Length, _writePiece), Window(_writePiece), (start, token) =>
            {
                var piece = content.Slice((int)start, Math.Min(_writePiece, content.Length - (int)start));
                var write = _connection.NewPacket(SftpType.Write, piece.Length + 512).String(handle).UInt64((ulong)start).String(piece.Span);
                return _connection.AskAsync(write, SftpAnswers.Done, token);
            }, cancellationToken).ConfigureAwait(false);
            await setting.ConfigureAwait(false);
            await FlushAsync(handle, cancellationToken).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives a file another name, in one step over what had that name where the server can do so.</summary>
    public async Task RenameAsync(string path, string newPath, CancellationToken cancellationToken)
    {
        if (_connection.Extensions.ContainsKey("posix-rename@openssh.com"))
        {
            var packet = _connection.NewPacket(SftpType.Extended).String("posix-rename@openssh.com").String(path).String(newPath);
            await _connection.AskAsync(packet, SftpAnswers.Done, cancellationToken).ConfigureAwait(false);
            return;
        }

        // The rename of version 3 does not replace.
        if (await StatAsync(newPath, cancellationToken).ConfigureAwait(false) is not null) await RemoveAsync(newPath, cancellationToken).ConfigureAwait(false);
        await _connection.AskAsync(On(SftpType.Rename, path).String(newPath), SftpAnswers.Done, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a file; a missing one counts as removed.</summary>
    public async Task RemoveAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await _connection.AskAsync(On(SftpType.Remove, path), SftpAnswers.Done, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpRefusalException refusal) when (refusal.Status == SftpStatus.NoSuchFile)
        {
            return;
        }
    }

    public Task MakeDirectoryAsync(string path, uint mode, CancellationToken cancellationToken) =>
        _connection.AskAsync(On(SftpType.MakeDirectory, path).Mode(mode), SftpAnswers.Done, cancellationToken);

    /// <summary>Sets a mode. Some servers and file systems have none, which is no failure.</summary>
    public Task TrySetModeAsync(string path, uint mode, CancellationToken cancellationToken) =>
        IgnoringRefusalAsync(_connection.AskAsync(On(SftpType.SetStat, path).Mode(mode), SftpAnswers.Done, cancellationToken));

    /// <summary>Free bytes where a path lies; null where the server does not tell.</summary>
    public async Task<ulong?> FreeBytesAsync(string path, CancellationToken cancellationToken)
    {
        if (!_connection.Extensions.ContainsKey("statvfs@openssh.com")) return null;
        var packet = _connection.NewPacket(SftpType.Extended).String("statvfs@openssh.com").String(path);
        return await _connection.AskAsync(packet, SftpAnswers.FreeBytes, cancellationToken).ConfigureAwait(false);
    }

    private static int Piece(ulong limit) => limit == 0 ? SmallestPiece : (int)Math.Clamp(limit, SmallestPiece, LargestPiece);

    private static int Window(int piece) => Math.Clamp(InFlight / piece, 1, MostRequests);

    private static IEnumerable<long> PiecesOf(int length, int piece)
    {
        for (var start = 0L; start < length; start += piece) yield return start;
    }

    private static async Task IgnoringRefusalAsync(Task asked)
    {
        try
        {
            await asked.ConfigureAwait(false);
        }
        catch (SftpRefusalException)
        {
            return;
        }
    }

    private Task<int> ReadPieceAsync(byte[] handle, long offset, Memory<byte> piece, CancellationToken cancellationToken)
    {
        var packet = On(SftpType.Read, handle).UInt64((ulong)offset).UInt32((uint)piece.Length);
        return _connection.AskAsync(
            packet, (SftpType type, ref SftpReader fields) => SftpAnswers.Contents(type, ref fields, piece.Span), cancellationToken);
    }

    private async Task FlushAsync(byte[] handle, CancellationToken cancellationToken)
    {
        if (!_connection.Extensions.ContainsKey("fsync@openssh.com")) return;
        var packet = _connection.NewPacket(SftpType.Extended).String("fsync@openssh.com").String(handle);
        try
        {
            await _connection.AskAsync(packet, SftpAnswers.Done, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpRefusalException refusal) when (refusal.Status == SftpStatus.Unsupported)
        {
            // The file system cannot; the server did what it could.
            return;
        }
    }

    /// <summary>Works with an open handle and closes it; after a failure without waiting, for the connection may be what failed.</summary>
    private async Task UsingAsync(byte[] handle, Func<Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch
        {
            _ = _connection.AskAsync(On(SftpType.Close, handle), SftpAnswers.Done, CancellationToken.None);
            throw;
        }

        await _connection.AskAsync(On(SftpType.Close, handle), SftpAnswers.Done, cancellationToken).ConfigureAwait(false);
    }

    private SftpPacket On(SftpType type, string path) => _connection.NewPacket(type).String(path);

    private SftpPacket On(SftpType type, byte[] handle) => _connection.NewPacket(type).String(handle);
}
