using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Holdfast.Testing;

/// <summary>
/// Ports for servers that must be told theirs. They are not those that the kernel gives to connections (ip_local_port_range in ip(7)), so that nobody
/// gets one by chance while its server is not started yet, or is down for a moment; and each is given once.
/// </summary>
public static class LoopbackPort
{
    private const int First = 10_000;
    private const int Attempts = 5_000;

    private static int _given = Random.Shared.Next(1 << 20);

    public static int Free()
    {
        var count = FirstOfKernel() - First;
        for (var attempt = 0; count > 0 && attempt < Attempts; attempt++)
        {
            var port = First + (Interlocked.Increment(ref _given) % count);
            if (TryListen(port)) return port;
        }

        Assert.Fail("no port is free");
        return 0;
    }

    private static int FirstOfKernel() =>
        int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);

    private static bool TryListen(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
