using System.Globalization;

namespace Holdfast.Testing.Postgres;

/// <summary>A real PgBouncer in front of a cluster, on a port of its own. Anybody may connect through it as the superuser.</summary>
public sealed class PgBouncer : IAsyncDisposable
{
    private readonly TempDirectory _directory;
    private readonly RunningProcess _process;

    private PgBouncer(TempDirectory directory, RunningProcess process)
    {
        _directory = directory;
        _process = process;
    }

    /// <summary>The folder of its socket. Its port is that of the cluster.</summary>
    public string SocketDirectory => _directory["s"];

    /// <summary>Starts one, or ends the test where it is not installed.</summary>
    /// <param name="mode"><c>session</c>, <c>transaction</c> or <c>statement</c>.</param>
    public static async Task<PgBouncer> StartAsync(PostgresCluster cluster, string mode)
    {
        var program = RealComponent.Require("pgbouncer");
        var directory = new TempDirectory();
        try
        {
            File.SetUnixFileMode(directory.Path, (UnixFileMode)0x1C9);
            var sockets = await PostgresInstallation.MakeFolderAsync(directory["s"]);
            File.SetUnixFileMode(sockets, (UnixFileMode)0x1ED);
            var port = cluster.Port.ToString(CultureInfo.InvariantCulture);
            var settings = directory.WriteFile("pgbouncer.ini", $"""
                [databases]
                * = host={cluster.SocketDirectory} port={port} user={PostgresCluster.Superuser}
                [pgbouncer]
                listen_addr =
                listen_port = {port}
                unix_socket_dir = {sockets}
                auth_type = any
                pool_mode = {mode}
                ignore_startup_parameters = extra_float_digits,options
                """);
            File.SetUnixFileMode(settings, (UnixFileMode)0x1A4);
            var words = PostgresInstallation.AsAccount(program, settings);
            var process = RunningProcess.Start(words[0], words.Skip(1), workingDirectory: "/");
            await process.WaitForLineAsync(line => line.Contains("process up", StringComparison.Ordinal));
            return new PgBouncer(directory, process);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _directory.Dispose();
    }
}
