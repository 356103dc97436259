using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>Roles and tablespaces of a server, as the SQL that makes them again.</summary>
/// <param name="Sql">In UTF-8.</param>
/// <param name="HasPasswords">The roles come with their passwords' hashes, which only a superuser may read.</param>
public sealed record PostgresGlobals(ReadOnlyMemory<byte> Sql, bool HasPasswords)
{
    /// <summary>Bytes; a server with a hundred thousand roles stays below.</summary>
    private const int Largest = 64 << 20;

    /// <summary>Asks pg_dumpall for them; without the passwords where the role may not read these.</summary>
    /// <exception cref="HoldfastException">NotFound: no pg_dumpall for the server's version. Failed: it failed, and why.</exception>
    public static async Task<PostgresGlobals> ReadAsync(PostgresSnapshot snapshot, PostgresTools tools, TimeProvider clock, CancellationToken cancellationToken)
    {
        var program = await tools.RequireAsync("pg_dumpall", snapshot.Version.Major, cancellationToken).ConfigureAwait(false);
        var whole = await RunAsync("--globals-only").ConfigureAwait(false);
        if (whole.ExitCode == 0) return new PostgresGlobals(whole.Output, HasPasswords: true);
        if (!whole.ErrorText.Contains("pg_authid", StringComparison.Ordinal)) throw Failed(whole);
        var without = await RunAsync("--globals-only", "--no-role-passwords").ConfigureAwait(false);
        return without.ExitCode == 0 ? new PostgresGlobals(without.Output, HasPasswords: false) : throw Failed(without);

        Task<ChildProcessResult> RunAsync(params string[] what) => new ChildProcess(clock).RunAsync(
            new ChildProcessOptions
            {
                Program = program.ToString(),
                Arguments = [.. what, "--no-password", $"--database={snapshot.Server.Database}"],
                Environment = snapshot.Server.ClientVariables,
                WorkingDirectory = "/",
                OutputLimit = Largest,
            },
            cancellationToken);

        HoldfastException Failed(ChildProcessResult result) => new(
            FailureKind.Failed, $"pg_dumpall of {snapshot.Server.ServerDisplay} failed with exit code {result.ExitCode}{OutputTail.InLines(result)}");
    }
}
