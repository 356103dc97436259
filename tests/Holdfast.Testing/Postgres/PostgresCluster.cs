using System.Globalization;
using Xunit;

namespace Holdfast.Testing.Postgres;

/// <summary>
/// A real cluster of Debian's PostgreSQL with a data directory, a socket folder and a port of its own, run by an unprivileged account. It ends
/// when it is disposed, and also when the test's process is killed: a shell that waits for the end of its input ends it then.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    /// <summary>The role that may do everything.</summary>
    public const string Superuser = "postgres";

    private const int AttemptsForPort = 5;

    // The background job of a shell has no standard input, hence the second name of it. SIGQUIT ends a cluster at once, and its shared memory with it.
    private const string Guard = """
        exec 3<&0
        "$@" 3<&- & server=$!
        (read -r _ <&3; kill -QUIT $server) & guard=$!
        wait $server; code=$?
        kill $guard; exit $code
        """;

    private readonly TempDirectory _directory;
    private RunningProcess? _process;
    private int _databases;

    private PostgresCluster(TempDirectory directory, string dataDirectory)
    {
        _directory = directory;
        DataDirectory = dataDirectory;
    }

    public string DataDirectory { get; }

    /// <summary>The folder of its socket, which everybody on the machine may use.</summary>
    public string SocketDirectory => _directory["s"];

    /// <summary>Its port on 127.0.0.1, also part of the socket's name. It stays the same over a restart.</summary>
    public int Port { get; private set; }

    /// <summary>The superuser's, which connections over TCP need.</summary>
    public string Password { get; } = Guid.NewGuid().ToString("n");

    /// <summary>What it wrote to its log since it was started.</summary>
    public string Log => _process?.Error ?? string.Empty;

    /// <summary>Makes and starts one, or ends the test where PostgreSQL is not installed.</summary>
    public static async Task<PostgresCluster> StartAsync(PostgresClusterOptions? options = null)
    {
        options ??= new PostgresClusterOptions();
        return await StartOnAsync(
            (cluster, folder) => cluster.InitializeAsync(folder, options),
            ["-c", "fsync=off", .. options.Settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" })]);
    }

    /// <summary>Starts a cluster on a copy of a data directory, such as one that was restored; the folder itself is left as it is.</summary>
    public static Task<PostgresCluster> StartCopyAsync(string dataDirectory) => StartOnAsync(
        async (_, folder) =>
        {
            (await RunningProcess.RunAsync("cp", ["-a", $"{dataDirectory}/.", folder])).Expect(0);
            if (Environment.IsPrivilegedProcess)
                (await RunningProcess.RunAsync("chown", ["-R", $"{PostgresInstallation.Account}:{PostgresInstallation.Account}", folder])).Expect(0);
        },
        ["-c", "fsync=off"]);

    /// <summary>Starts a cluster on a data directory that is the account's already; it is changed by that.</summary>
    public static Task<PostgresCluster> StartOnAsync(string dataDirectory) => StartOnAsync((_, _) => Task.CompletedTask, ["-c", "fsync=off"], dataDirectory);

    /// <summary>Starts a standby that follows this cluster. To be disposed before it.</summary>
    public Task<PostgresCluster> StartStandbyAsync() => StartOnAsync(
        async (_, folder) => (await PostgresInstallation.RunAsync(
            PostgresInstallation.Require("pg_basebackup"), "-h", SocketDirectory, "-p", Number(Port), "-U", Superuser, "-D", folder, "-R", "-X", "stream", "-c", "fast", "--no-sync")).Expect(0),
        ["-c", "fsync=off"]);

    /// <summary>A connection string of libpq, over the socket and as the superuser unless told otherwise.</summary>
    public string ConnectionString(string database = "postgres", string user = Superuser) =>
        $"host={SocketDirectory} port={Number(Port)} user={user} dbname={database}";

    /// <summary>The same over TCP, without the password.</summary>
    public string TcpConnectionString(string database = "postgres", string user = Superuser) =>
        $"host=127.0.0.1 port={Number(Port)} user={user} dbname={database}";

    /// <summary>Makes a database that no other test uses.</summary>
    /// <param name="script">SQL to run in it.</param>
    /// <returns>Its name.</returns>
    public async Task<string> NewDatabaseAsync(string? script = null)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}_{Guid.NewGuid().ToString("n")[..6]}");
        await QueryAsync("postgres", $"create database {name}");
        if (script is not null) await QueryAsync(name, script);
        return name;
    }

    /// <summary>Runs SQL with psql as the superuser; an error in it fails.</summary>
    /// <returns>The rows without headers, columns separated by <c>|</c>.</returns>
    public async Task<string> QueryAsync(string database, string sql)
    {
        var result = await RunAsync("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-", database], sql);
        return result.Expect(0).Output.TrimEnd('\n');
    }

    /// <summary>Runs one of PostgreSQL's programs against the cluster, over the socket and as the superuser.</summary>
    public Task<ProgramResult> RunAsync(string program, IEnumerable<string> arguments, string? input = null) => RunningProcess.RunAsync(
        PostgresInstallation.Require(program), arguments, ClientVariables, workingDirectory: "/", input: input);

    /// <summary>What makes any client connect to it: for programs that a test starts itself.</summary>
    public IReadOnlyDictionary<string, string?> ClientVariables => new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["PGHOST"] = SocketDirectory,
        ["PGPORT"] = Number(Port),
        ["PGUSER"] = Superuser,
        ["PGDATABASE"] = "postgres",
        ["PGPASSFILE"] = "/dev/null",
        ["PGSERVICE"] = null,
        ["PGPASSWORD"] = null,
    };

    /// <summary>Makes a folder that the server may write to, such as for a tablespace. It goes with the cluster.</summary>
    /// <returns>Its path.</returns>
    public Task<string> MakeFolderAsync(string name) => PostgresInstallation.MakeFolderAsync(_directory[name]);

    /// <summary>Ends it in order, with a checkpoint.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        (await PostgresInstallation.RunAsync(PostgresInstallation.Require("pg_ctl"), "-D", DataDirectory, "-m", "fast", "-w", "stop")).Expect(0);
        await EndAsync();
    }

    /// <summary>Starts it again on the same port after <see cref="StopAsync"/>.</summary>
    public async Task StartAgainAsync() => Assert.True(await TryStartAsync(["-c", "fsync=off"]), $"port {Port} is taken");

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _directory.Dispose();
    }

    private static async Task<PostgresCluster> StartOnAsync(Func<PostgresCluster, string, Task> fill, IReadOnlyList<string> settings, string? dataDirectory = null)
    {
        PostgresInstallation.Require("postgres");
        var directory = new TempDirectory();
        File.SetUnixFileMode(directory.Path, (UnixFileMode)0x1C9);
        var cluster = new PostgresCluster(directory, dataDirectory ?? await PostgresInstallation.MakeFolderAsync(directory["data"]));
        try
        {
            await PostgresInstallation.MakeFolderAsync(cluster.SocketDirectory);
            File.SetUnixFileMode(cluster.SocketDirectory, (UnixFileMode)0x1ED);
            await fill(cluster, cluster.DataDirectory);
            for (var attempt = 1; attempt <= AttemptsForPort; attempt++)
            {
                cluster.Port = LoopbackPort.Free();
                if (await cluster.TryStartAsync(settings)) return cluster;
            }

            Assert.Fail("no port is free for PostgreSQL");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private async Task InitializeAsync(string folder, PostgresClusterOptions options)
    {
        var passwordFile = _directory.WriteFile("password", Password);
        File.SetUnixFileMode(passwordFile, (UnixFileMode)0x1A4);
        (await PostgresInstallation.RunAsync([
            PostgresInstallation.Require("initdb"), "-D", folder, "-U", Superuser, "--pwfile", passwordFile, "--auth-local=trust", "--auth-host=scram-sha-256",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions", .. options.Checksums ? ["--data-checksums"] : Array.Empty<string>()])).Expect(0);
        var rules = Path.Combine(folder, "pg_hba.conf");
        if (options.AccessRules.Count > 0) await File.WriteAllLinesAsync(rules, [.. options.AccessRules, await File.ReadAllTextAsync(rules)]);
    }

    /// <returns>False when another program was faster at the port.</returns>
    private async Task<bool> TryStartAsync(IReadOnlyList<string> settings)
    {
        string[] server =
        [
            PostgresInstallation.Require("postgres"), "-D", DataDirectory, "-p", Number(Port), "-k", SocketDirectory, "-c", "listen_addresses=127.0.0.1",
            "-c", "shared_buffers=16MB", "-c", "max_connections=40", "-c", "logging_collector=off", "-c", "log_destination=stderr", .. settings,
        ];
        _process = RunningProcess.Start("/bin/sh", ["-c", Guard, "sh", .. PostgresInstallation.AsAccount(server)], ClientVariables, "/");
        var line = await _process.WaitForLineAsync(line =>
            line.Contains("database system is ready to accept", StringComparison.Ordinal) || line.Contains("Address already in use", StringComparison.Ordinal));
        if (line.Contains("ready to accept", StringComparison.Ordinal)) return true;
        await EndAsync();
        return false;
    }

    private async Task EndAsync()
    {
        if (_process is not { } process) return;
        _process = null;
        await process.WriteInputAsync(null);
        await process.WaitForExitAsync();
        await process.DisposeAsync();
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
