using System.Globalization;
using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;
using Npgsql;

namespace Holdfast.Engine.Databases.Postgres.Clusters;

/// <summary>
/// A server of PostgreSQL with a cluster of its own that is reached by this process only: over a socket in a private folder. It ends with this object,
/// and also when this process is killed; its folder is a <see cref="ScratchDirectory"/>, which the next run removes then.
/// </summary>
public sealed class ScratchCluster : IAsyncDisposable
{
    /// <summary>Ends a server at once, and takes its shared memory with it (PostgreSQL's documentation, 19.5).</summary>
    private const int Quit = 3;

    /// <summary>Bytes of a socket's path (unix(7)).</summary>
    private const int LongestSocket = 107;

    private const int LongestLog = 1 << 20;

    private static readonly FilePath _shortFolder = FilePath.From("/tmp");
    private static readonly TimeSpan _initTime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _startTime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _endTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    private readonly ScratchClusterOptions _options;
    private readonly TimeProvider _clock;
    private GuardedProcess? _process;
    private ScratchDirectory? _socketFolder;

    private ScratchCluster(ScratchClusterOptions options, TimeProvider clock) => (_options, _clock) = (options, clock);

    /// <summary>The server, its superuser, and its database <c>postgres</c>.</summary>
    public PostgresServer Server { get; private set; } = null!;

    /// <exception cref="HoldfastException">NotFound: the version is not installed. NoSpace, Failed: it could not be made or started, and why.</exception>
    public static async Task<ScratchCluster> StartAsync(ScratchClusterOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        var cluster = new ScratchCluster(options, clock);
        try
        {
            await cluster.StartAsync(cancellationToken).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts a server on a data directory that was restored and made ready, and waits until it has recovered, however long that takes.</summary>
    /// <param name="directory">In the folder of the options.</param>
    /// <param name="options">How.</param>
    /// <param name="clock">The clock of its end.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HoldfastException">NoSpace, Failed: it does not start or recover, and why.</exception>
    public static async Task<ScratchCluster> StartAsync(RestoredDataDirectory directory, ScratchClusterOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        var cluster = new ScratchCluster(options, clock);
        try
        {
            await cluster.RunAsync(directory.Superuser, directory.Settings(), Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends it in order, so that nothing is left to recover.</summary>
    /// <exception cref="HoldfastException">Failed: it did not end.</exception>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var result = await _options.RunAsync("pg_ctl", ["stop", "-D", _options.DataDirectory.ToString(), "-m", "fast", "-w", "-t", "3600"], _clock, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0) throw Failure($"it did not end in order{OutputTail.InLines(result)}", result.ErrorText);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The programs that one is made of are installed.</summary>
    /// <exception cref="HoldfastException">NotFound: one of them is not.</exception>
    public static void RequirePrograms(PostgresTools tools, int major)
    {
        _ = tools.RequireExactly("initdb", major);
        _ = tools.RequireExactly("postgres", major);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.EndAsync(_endTime).ConfigureAwait(false);
        _process = null;
        _socketFolder?.Dispose();
        _socketFolder = null;
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        // No role of the server that a dump comes from has this name.
        var superuser = "holdfast_" + Guid.NewGuid().ToString("n");
        _options.Account.Take(_options.Folder);
        await InitializeAsync(_options.DataDirectory, superuser, cancellationToken).ConfigureAwait(false);
        await RunAsync(superuser, [], _startTime, cancellationToken).ConfigureAwait(false);
    }

    private async Task RunAsync(string superuser, IEnumerable<string> settings, TimeSpan patience, CancellationToken cancellationToken)
    {
        var sockets = SocketFolder();
        Server = PostgresServer.Trusting(sockets.ToString(), ClusterSettings.Port, superuser);
        var program = _options.Tools.RequireExactly("postgres", _options.Major);
        var words = _options.Account.CommandLine(program, ClusterSettings.Server(_options.Major, _options.DataDirectory, sockets, settings));
        _process = GuardedProcess.Start(
            new DetachedProcessOptions
            {
                Program = words[0],
                Arguments = [.. words.Skip(1)],
                Environment = ClusterSettings.Environment(),
                WorkingDirectory = FilePath.Root,
                Output = _options.Log,
            },
            _clock,
            Quit);
        await WaitAsync(_process, patience, cancellationToken).ConfigureAwait(false);
    }

    private async Task InitializeAsync(FilePath folder, string superuser, CancellationToken cancellationToken)
    {
        var words = _options.Account.CommandLine(_options.Tools.RequireExactly("initdb", _options.Major), ClusterSettings.Initdb(folder, superuser));
        var result = await new ChildProcess(_clock).RunAsync(
            new ChildProcessOptions
            {
                Program = words[0],
                Arguments = [.. words.Skip(1)],
                Environment = ClusterSettings.Environment(),
                WorkingDirectory = "/",
                Timeout = _initTime,
            },
            cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0) throw Failure($"initdb failed with exit code {result.ExitCode}{OutputTail.InLines(result)}", result.ErrorText);
    }

    // Its path must be short, and temporary folders can be deep.
    private FilePath SocketFolder()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $".s.PGSQL.{ClusterSettings.Port}");
        if (_options.Folder.Combine(name).Span.Length <= LongestSocket) return _options.Folder;
        ScratchDirectory.RemoveLeftovers(_shortFolder);
        _socketFolder = ScratchDirectory.Create(_shortFolder);
        _options.Account.Take(_socketFolder.Path);
        return _socketFolder.Path;
    }

    private async Task WaitAsync(GuardedProcess process, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        while (true)
        {
            if (process.TryExitCode() is { } code) throw Failure($"its server ended with exit code {code}{OutputTail.InLine(Said())}", Said());
            try
            {
                var connection = await PostgresConnections.OpenAsync(Server, cancellationToken).ConfigureAwait(false);
                await connection.DisposeAsync().ConfigureAwait(false);
                return;
            }
            catch (HoldfastException error) when (IsStarting(error) && (patience == Timeout.InfiniteTimeSpan || _clock.GetElapsedTime(started) < patience))
            {
                // Not yet.
            }

            await Task.Delay(_pause, _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    // Nothing listens yet, or the server recovers. Whatever else it answers, it will answer again.
    private static bool IsStarting(HoldfastException error) =>
        error.Kind == FailureKind.Unavailable && error.InnerException is not PostgresException { SqlState: not PostgresErrorCodes.CannotConnectNow };

    private string Said() => FileSystem.TryStatus(_options.Log, followLinks: false) is { Size: > 0 and < LongestLog }
        ? Encoding.UTF8.GetString(FileSystem.ReadAllBytes(_options.Log, LongestLog * 2))
        : string.Empty;

    private HoldfastException Failure(string what, string said)
    {
        var isFull = said.Contains("No space left on device", StringComparison.Ordinal);
        return new HoldfastException(
            isFull ? FailureKind.NoSpace : FailureKind.Failed,
            string.Create(CultureInfo.InvariantCulture, $"a scratch cluster of PostgreSQL {_options.Major} could not be made in \"{_options.Folder.Display}\" by the account {Quoted.Text(_options.Account.Name)}: {what}"),
            isFull ? "free some space, or name a folder with room (--scratch, or TMPDIR)" : null);
    }
}
