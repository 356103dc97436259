using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>Turns a dump in the custom format into the SQL that makes the database again.</summary>
public static class PostgresScript
{
    /// <param name="tools">Where pg_restore is.</param>
    /// <param name="major">The major version of the pg_dump that wrote it.</param>
    /// <param name="writeAsync">Writes the dump.</param>
    /// <param name="output">Gets the SQL.</param>
    /// <param name="cancellationToken">Kills pg_restore.</param>
    /// <exception cref="HoldfastException">NotFound: no such pg_restore. Failed: it failed, and why. NoSpace: the output.</exception>
    public static async Task WriteAsync(
        PostgresTools tools, int major, Func<Stream, CancellationToken, Task> writeAsync, Stream output, CancellationToken cancellationToken)
    {
        var program = await tools.RequireAsync("pg_restore", major, cancellationToken).ConfigureAwait(false);
        var filter = ChildFilter.Into(output, new ChildProcessOptions { Program = program.ToString(), Arguments = ["--file=-"], WorkingDirectory = "/" });
        await using (filter.ConfigureAwait(false))
        {
            var isWhole = await filter.TryWriteAsync(writeAsync, cancellationToken).ConfigureAwait(false);
            var result = await filter.FinishAsync(cancellationToken).ConfigureAwait(false);
            if (result.ExitCode != 0 || !isWhole)
                throw new HoldfastException(FailureKind.Failed, $"pg_restore could not turn the dump into SQL (exit code {result.ExitCode}){OutputTail.InLines(result)}");
        }
    }
}
