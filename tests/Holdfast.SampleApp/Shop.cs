using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Engine.Databases.Sqlite;
using Microsoft.Data.Sqlite;

namespace Holdfast.SampleApp;

/// <summary>The application itself: writes orders without end and answers on its port.</summary>
internal sealed class Shop(ShopSettings settings, SqliteConnection connection)
{
    private static readonly TimeSpan SlowStop = TimeSpan.FromSeconds(9);

    private readonly Lock _gate = new();

    public static async Task<int> ServeAsync(ShopSettings settings)
    {
        Console.WriteLine($"secret={Environment.GetEnvironmentVariable("HOLDFAST_PASSPHRASE")}");
        if (settings.Mode == "broken")
        {
            await Console.Error.WriteLineAsync("the shop is broken");
            return 7;
        }

        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            if (settings.Mode == "slow") EndSlowly(settings, stop);
            else if (settings.Mode != "stubborn") stop.Cancel();
        });
        using var connection = SqliteConnections.OpenOrCreate(settings.Database);
        connection.Execute(
            "PRAGMA journal_mode=WAL; PRAGMA busy_timeout=5000; create table if not exists orders(id integer primary key, item text not null)");
        if (settings.PidFile is { } file)
            await File.WriteAllTextAsync(file, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        var shop = new Shop(settings, connection);
        await Task.WhenAll(shop.WriteAsync(stop.Token), shop.ListenAsync(stop.Token));
        if (settings.PidFile is { } written) File.Delete(written);
        return 0;
    }

    private static void EndSlowly(ShopSettings settings, CancellationTokenSource stop)
    {
        File.WriteAllText(settings.PidFile + ".asked", string.Empty);
        stop.CancelAfter(SlowStop);
    }

    private async Task WriteAsync(CancellationToken stop)
    {
        while (settings.WriteEvery > 0 && !stop.IsCancellationRequested)
        {
            try
            {
                lock (_gate) connection.Execute("insert into orders(item) values('tea')");
            }
            catch (SqliteException failure)
            {
                await Console.Error.WriteLineAsync(failure.Message);
            }

            await Task.Delay(settings.WriteEvery, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        await Task.Delay(settings.Delay, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var listener = new TcpListener(IPAddress.Loopback, settings.Port);
        listener.Start();
        Console.WriteLine($"port={((IPEndPoint)listener.LocalEndpoint).Port}");
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(stop);
                await AnswerAsync(client);
            }
        }
        catch (OperationCanceledException)
        {
            // SIGTERM.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, leaveOpen: true);
            while (await reader.ReadLineAsync(CancellationToken.None) is { Length: > 0 })
            {
                // The request is the same whatever it says.
            }

            var (status, body) = Health();
            if (status != 200) Console.WriteLine(body.TrimEnd());
            await stream.WriteAsync(Encoding.UTF8.GetBytes(
                $"HTTP/1.1 {status} Answer\r\nContent-Type: text/plain\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}"));
        }
        catch (IOException)
        {
            // Whoever asked has gone.
        }
    }

    private (int Status, string Body) Health()
    {
        if (settings.Mode == "unhealthy") return (500, "unhealthy\n");
        try
        {
            object? orders;
            lock (_gate) orders = connection.Scalar("select count(*) from orders");
            return (200, string.Create(CultureInfo.InvariantCulture, $"pid={Environment.ProcessId} orders={orders} greeting={settings.Greeting}\n"));
        }
        catch (SqliteException failure)
        {
            return (500, failure.Message + "\n");
        }
    }
}
