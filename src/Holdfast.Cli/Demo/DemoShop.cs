using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Demo;

/// <summary>The demonstration's application as a process of its own, seen from outside: started, watched, stopped.</summary>
internal sealed class DemoShop(FilePath folder, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private CancellationTokenSource _stop = new();
    private Task<ChildProcessResult>? _process;

    internal FilePath Database => folder.Combine(DemoApplication.DatabaseName);

    internal void Start()
    {
        _stop = new CancellationTokenSource();
        var options = new ChildProcessOptions
        {
            Program = Environment.ProcessPath ?? "dotnet",
            Arguments = [.. OwnAssembly(), DemoCommand.Name, DemoCommand.ApplicationOption, folder.ToString()],
            // It is stopped by killing it, and its runtime's debugging pipes would stay behind in the temporary folder.
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["DOTNET_EnableDiagnostics"] = "0" },
        };
        _process = new ChildProcess(clock).RunAsync(options, _stop.Token);
    }

    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        if (_process is not null) await ((Task)_process).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process = null;
        _stop.Dispose();
    }

    /// <summary>Waits until it has taken more than this many orders, and returns how many it has.</summary>
    internal async Task<long> WaitForOrdersAsync(long moreThan, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            if (FileSystem.Exists(Database) && Count() is var orders && orders > moreThan) return orders;
            if (_process is { IsCompleted: true }) throw new HoldfastException(FailureKind.Failed, $"the demonstration's application ended: {(await _process).ErrorText}");
            if (clock.GetElapsedTime(started) > StartDeadline) throw new HoldfastException(FailureKind.Failed, "the demonstration's application takes no orders");
            await Task.Delay(Poll, clock, cancellationToken);
        }
    }

    /// <summary>Orders in the database now; 0 while it is being made.</summary>
    internal long Count()
    {
        using var checks = SqliteDatabaseChecks.Open(Database.ToString());
        return checks.RowCounts(CancellationToken.None).FirstOrDefault(table => table.Table == "orders")?.Rows ?? 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await StopAsync();
    }

    /// <summary>Under `dotnet holdfast.dll` the process is dotnet and needs the assembly named; as a program of its own it does not.</summary>
    private static IEnumerable<string> OwnAssembly() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "holdfast.dll")] : [];
}
