using System.Globalization;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>
/// A pg_dump that runs. It writes the custom format, which pg_restore reads from a pipe, and does not compress it: what compresses anew with every
/// change cannot be told from what is known already.
/// </summary>
public sealed class PostgresDump : IAsyncDisposable
{
    private readonly PostgresSnapshot _snapshot;
    private readonly ChildFilter _program;

    private PostgresDump(PostgresSnapshot snapshot, ChildFilter program, int version) => (_snapshot, _program, ProgramVersion) = (snapshot, program, version);

    /// <summary>The dump. Its end means nothing before <see cref="FinishAsync"/>.</summary>
    public Stream Output => _program.Output;

    /// <summary>The major version of the pg_dump.</summary>
    public int ProgramVersion { get; }

    /// <summary>Starts it on a snapshot, which must be held until it has ended.</summary>
    /// <exception cref="HoldfastException">NotFound: no pg_dump for the server's version.</exception>
    public static async Task<PostgresDump> StartAsync(PostgresSnapshot snapshot, PostgresTools tools, CancellationToken cancellationToken)
    {
        var program = await tools.RequireAsync("pg_dump", snapshot.Version.Major, cancellationToken).ConfigureAwait(false);
        var version = await tools.MajorAsync(program, cancellationToken).ConfigureAwait(false) ?? snapshot.Version.Major;
        var options = new ChildProcessOptions
        {
            Program = program.ToString(),
            Arguments =
            [
                "--format=custom", "--compress=0", "--no-password", $"--snapshot={snapshot.Id}",
                string.Create(CultureInfo.InvariantCulture, $"--lock-wait-timeout={(int)snapshot.LockTime.TotalMilliseconds}"),
                // A standby does not have their rows.
                .. snapshot.IsStandby ? ["--no-unlogged-table-data"] : Array.Empty<string>(),
            ],
            Environment = snapshot.Server.ClientVariables,
            WorkingDirectory = "/",
        };
        return new PostgresDump(snapshot, ChildFilter.From(Stream.Null, options), version);
    }

    /// <summary>Waits for its end after all of the output was read.</summary>
    /// <returns>What it warned of, one line each.</returns>
    /// <exception cref="HoldfastException">The dump is not whole, and why. Busy: a table is locked; with those who lock it.</exception>
    public async Task<IReadOnlyList<string>> FinishAsync(CancellationToken cancellationToken)
    {
        var result = await _program.FinishAsync(cancellationToken).ConfigureAwait(false);
        if (result.ExitCode == 0) return [.. result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(PostgresFailures.Clean)];
        var why = OutputTail.InLines(result);
        // pg_dump limits the statement that locks its tables.
        if (result.ErrorText.Contains("due to statement timeout", StringComparison.Ordinal) || result.ErrorText.Contains("due to lock timeout", StringComparison.Ordinal)) throw await LockedAsync(why, cancellationToken).ConfigureAwait(false);
        throw new HoldfastException(
            FailureKind.Failed,
            $"pg_dump of {_snapshot.Server.Display} failed with exit code {result.ExitCode}{why}",
            result.ErrorText.Contains("permission denied", StringComparison.Ordinal)
                ? "let the role read everything: grant pg_read_all_data to it, or use the owner of the database"
                : null);
    }

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private async Task<HoldfastException> LockedAsync(string why, CancellationToken cancellationToken)
    {
        var holders = await _snapshot.LockHoldersAsync(cancellationToken).ConfigureAwait(false);
        return new HoldfastException(
            FailureKind.Busy,
            $"a table of {_snapshot.Server.Display} was locked for longer than {_snapshot.LockTime.TotalSeconds:0.###} s: "
            + (holders.Count > 0 ? string.Join("; ", holders) : "nobody holds the lock any more") + why,
            "wait for the migration or maintenance that holds it, or end it: select pg_terminate_backend(PROCESS)");
    }
}
