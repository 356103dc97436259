using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Holdfast.Testing;

/// <summary>
/// The way to a server on loopback, which can be cut: all connections break off in the middle of what they are carrying, and whoever comes is
/// turned away until it is mended. Or it holds what goes to the server, so that a test can do something in the middle of an upload.
/// </summary>
public sealed class CutLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<Socket> _open = [];
    private readonly int _server;
    private readonly Task _accepting;
    private TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _untilHeld = long.MaxValue;
    private long _left = long.MaxValue;
    private bool _mends;
    private bool _isCut;

    /// <param name="server">The server's port.</param>
    public CutLine(int server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often it was cut.</summary>
    public int Cuts { get; private set; }

    /// <summary>Is cut when so many bytes more have gone to the server; what comes after the cut is turned away, or gets through at once.</summary>
    public void CutAfter(long bytes, bool mends)
    {
        lock (_gate) (_left, _mends) = (bytes, mends);
    }

    /// <summary>When so many bytes more have gone to the server nothing more goes there, until <see cref="Release"/>.</summary>
    public void HoldAfter(long bytes)
    {
        lock (_gate)
        {
            _untilHeld = bytes;
            _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _goesOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Waits until it holds something.</summary>
    public Task WaitUntilHeldAsync() => _held.Task.WaitAsync(Conditions.Deadline, TestContext.Current.CancellationToken);

    public void Release()
    {
        lock (_gate) _untilHeld = long.MaxValue;
        _goesOn.TrySetResult();
    }

    /// <summary>Whoever comes gets through again.</summary>
    public void Mend()
    {
        lock (_gate) _isCut = false;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Break();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(ForwardAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        finally
        {
            await Task.WhenAll(connections).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            // What breaks off must not look like an end that was meant.
            (client.LingerState, server.LingerState) = (new LingerOption(true, 0), new LingerOption(true, 0));
            lock (_gate)
            {
                if (_isCut) return;
                _open.AddRange([client, server]);
            }

            await server.ConnectAsync(IPAddress.Loopback, _server, _stop.Token);
            await Task.WhenAny(CarryAsync(client, server, isCounted: true), CarryAsync(server, client, isCounted: false));
            lock (_gate) _open.RemoveAll(socket => socket == client || socket == server);
        }
    }

    private async Task CarryAsync(Socket from, Socket to, bool isCounted)
    {
        var buffer = new byte[1 << 16];
        while (await from.ReceiveAsync(buffer, _stop.Token) is var count and > 0)
        {
            if (isCounted) await HoldAsync(count).WaitAsync(_stop.Token);
            var carried = isCounted ? Take(count) : count;
            await to.SendAsync(buffer.AsMemory(0, carried), _stop.Token);
            if (carried == count) continue;
            Cut();
            return;
        }
    }

    private Task HoldAsync(int count)
    {
        lock (_gate)
        {
            if (_untilHeld == long.MaxValue) return Task.CompletedTask;
            _untilHeld -= count;
            if (_untilHeld > 0) return Task.CompletedTask;
            _held.TrySetResult();
            return _goesOn.Task;
        }
    }

    private int Take(int count)
    {
        lock (_gate)
        {
            var taken = (int)Math.Min(count, _left);
            if (_left != long.MaxValue) _left -= taken;
            return taken;
        }
    }

    private void Cut()
    {
        lock (_gate)
        {
            if (_left != 0) return;
            (_left, _isCut) = (long.MaxValue, !_mends);
            Cuts++;
        }

        Break();
    }

    private void Break()
    {
        Socket[] open;
        lock (_gate)
        {
            open = [.. _open];
            _open.Clear();
        }

        foreach (var socket in open) socket.Dispose();
    }
}
