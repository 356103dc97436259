using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;

namespace Holdfast.Restic.Backends.Sftp;

/// <summary>
/// A connection to an SFTP server, version 3, through a running ssh. Any number of requests are on their way at once, from any threads.
/// When it breaks, every request fails with <see cref="SftpConnectionException"/>, and it stays broken.
/// </summary>
internal sealed class SftpConnection : IAsyncDisposable
{
    private const int LargestPacket = 4 << 20;
    private const int Queued = 64;

    private readonly SshProcess _process;
    private readonly TimeSpan _stallLimit;
    private readonly TimeProvider _clock;
    private readonly Stream _output;
    private readonly ConcurrentDictionary<uint, SftpRequest> _requests = new();
    private readonly Channel<SftpPacket> _queue =
        Channel.CreateBounded<SftpPacket>(new BoundedChannelOptions(Queued) { SingleReader = true });

    private Task _reading = Task.CompletedTask;
    private Task _writing = Task.CompletedTask;
    private SftpConnectionException? _failure;
    private string? _giveUp;
    private uint _lastId;

    private SftpConnection(SshProcess process, TimeSpan stallLimit, TimeProvider clock)
    {
        _process = process;
        _stallLimit = stallLimit;
        _clock = clock;
        _output = new BufferedStream(process.Output, 32 << 10);
    }

    public bool IsBroken => Volatile.Read(ref _failure) is not null;

    /// <summary>What the server offers beyond version 3, with the versions of each.</summary>
    public IReadOnlyDictionary<string, string> Extensions { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Starts ssh and waits for the server's greeting.</summary>
    /// <exception cref="SftpConnectionException">ssh cannot connect, or what answers is no SFTP server.</exception>
    public static async Task<SftpConnection> OpenAsync(
        IReadOnlyList<string> command, SftpOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        var stallLimit = options.StallTimeout;
        var connection = new SftpConnection(SshProcess.Start(command, options.HiddenVariables), stallLimit, clock);
        try
        {
            connection.Extensions = await connection.GreetAsync().WaitAsync(stallLimit, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsBreak(e) || e is TimeoutException)
        {
            if (e is TimeoutException) connection._process.Kill();
            var (complaint, isMissing) = await connection._process.EndAsync().ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            var reason = e is InvalidDataException ? e.Message : "no connection";
            throw new SftpConnectionException(reason, complaint, e) { IsMissingProgram = isMissing };
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        connection._reading = Task.Run(connection.ReadAnswersAsync, CancellationToken.None);
        connection._writing = Task.Run(connection.WriteRequestsAsync, CancellationToken.None);
        return connection;
    }

    public SftpPacket NewPacket(SftpType type, int capacity = 512) => new(type, Interlocked.Increment(ref _lastId), capacity);

    /// <summary>
    /// Sends a request and waits for what it comes to. Requests are sent in the order of the calls, whether or not earlier ones are answered.
    /// </summary>
    /// <exception cref="SftpRefusalException">The server does not fulfil it.</exception>
    /// <exception cref="SftpConnectionException">The connection is broken.</exception>
    public async Task<T> AskAsync<T>(SftpPacket packet, SftpAnswer<T> answer, CancellationToken cancellationToken)
    {
        var request = new SftpRequest<T>(answer);
        var id = packet.Id;
        _requests[id] = request;
        try
        {
            await _queue.Writer.WriteAsync(packet, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ChannelClosedException or OperationCanceledException)
        {
            _requests.TryRemove(id, out _);
            packet.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            await _reading.ConfigureAwait(false);
            throw _failure!;
        }

        try
        {
            // Broken before the request was seen by the one who fails them all.
            if (_failure is { } failure) throw failure;
            return await request.WaitAsync(_stallLimit, _clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _giveUp = "the server does not answer";
            _process.Kill();
            await _reading.ConfigureAwait(false);
            throw _failure!;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        _process.Kill();
        await Task.WhenAll(_reading, _writing).ConfigureAwait(false);
        await _process.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsBreak(Exception error) => error is IOException or ObjectDisposedException or InvalidDataException;

    private async Task<IReadOnlyDictionary<string, string>> GreetAsync()
    {
        await SayHelloAsync().ConfigureAwait(false);
        var (type, buffer, length) = await ReadPacketAsync().ConfigureAwait(false);
        try
        {
            return type == SftpType.Version ? Offers(buffer.AsSpan(1, length - 1)) : throw new InvalidDataException("what answers is no SFTP server");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task SayHelloAsync()
    {
        // The version stands where requests have their number.
        using var hello = new SftpPacket(SftpType.Init, 3);
        try
        {
            await _process.Input.WriteAsync(hello.Finish()).ConfigureAwait(false);
            await _process.Input.FlushAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has ended already; what it wrote before says why.
            return;
        }
    }

    private static Dictionary<string, string> Offers(ReadOnlySpan<byte> greeting)
    {
        var reader = new SftpReader(greeting);
        if (reader.UInt32() < 3) throw new InvalidDataException("the server speaks an SFTP older than version 3");
        var offers = new Dictionary<string, string>(StringComparer.Ordinal);
        while (!reader.IsAtEnd) offers[Encoding.UTF8.GetString(reader.String())] = Encoding.UTF8.GetString(reader.String());
        return offers;
    }

    private async Task WriteRequestsAsync()
    {
        var isBroken = false;
        await foreach (var packet in _queue.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            using (packet)
            {
                if (isBroken) continue;
                try
                {
                    await _process.Input.WriteAsync(packet.Finish()).ConfigureAwait(false);
                    await _process.Input.FlushAsync().ConfigureAwait(false);
                }
                catch (Exception e) when (IsBreak(e))
                {
                    // The reader comes to the end of its stream, and tells all who wait.
                    isBroken = true;
                    _process.Kill();
                }
            }
        }
    }

    private async Task ReadAnswersAsync()
    {
        try
        {
            while (true) await ReadAnswerAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (IsBreak(e))
        {
            if (e is InvalidDataException) _process.Kill();
            var (complaint, _) = await _process.EndAsync().ConfigureAwait(false);
            var reason = _giveUp ?? (e is InvalidDataException ? e.Message : "the connection was lost");
            var failure = new SftpConnectionException(reason, complaint, e);
            Volatile.Write(ref _failure, failure);
            _queue.Writer.TryComplete();
            foreach (var request in _requests.Values) request.Fail(failure);
        }
    }

    private async Task ReadAnswerAsync()
    {
        var (type, buffer, length) = await ReadPacketAsync().ConfigureAwait(false);
        try
        {
            if (length < 1 + sizeof(uint)) throw new InvalidDataException("an answer of the SFTP server is cut off");
            var id = BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(1));
            if (!_requests.TryRemove(id, out var request)) throw new InvalidDataException("the SFTP server answers what was not asked");
            request.Answer(type, buffer.AsSpan(1 + sizeof(uint), length - 1 - sizeof(uint)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The type of a packet, and its bytes in a rented buffer: the first is the type again.</summary>
    private async Task<(SftpType Type, byte[] Buffer, int Length)> ReadPacketAsync()
    {
        var head = new byte[sizeof(uint)];
        await _output.ReadExactlyAsync(head).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        // Text is what a login script prints, which would be a length of a gigabyte or more.
        if (length is 0 or > LargestPacket)
            throw new InvalidDataException("what answers is no SFTP server, or the login scripts of the account print something");
        var buffer = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            await _output.ReadExactlyAsync(buffer.AsMemory(0, (int)length)).ConfigureAwait(false);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }

        return ((SftpType)buffer[0], buffer, (int)length);
    }
}
