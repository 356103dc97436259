using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>Restores a dump into a database with pg_restore, which reads it from a pipe.</summary>
/// <param name="target">The database.</param>
/// <param name="tools">Where pg_restore is.</param>
public sealed class PostgresLoad(PostgresServer target, PostgresTools tools)
{
    /// <param name="major">The major version of the server, or of the pg_dump if that is newer.</param>
    /// <param name="options">What of it.</param>
    /// <param name="writeAsync">Writes the dump.</param>
    /// <param name="cancellationToken">Kills pg_restore.</param>
    /// <exception cref="HoldfastException">It was not restored whole, and why. The database is in no state then.</exception>
    public async Task RunAsync(int major, PostgresLoadOptions options, Func<Stream, CancellationToken, Task> writeAsync, CancellationToken cancellationToken)
    {
        var program = await tools.RequireAsync("pg_restore", major, cancellationToken).ConfigureAwait(false);
        var filter = ChildFilter.Into(Stream.Null, new ChildProcessOptions
        {
            Program = program.ToString(),
            Arguments = [.. Arguments(options)],
            Environment = target.ClientVariables,
            WorkingDirectory = "/",
        });
        await using (filter.ConfigureAwait(false))
        {
            var isBroken = false;
            try
            {
                await writeAsync(filter.Input, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // It has ended before it read all; its exit code says why.
                isBroken = true;
            }

            var result = await filter.FinishAsync(cancellationToken).ConfigureAwait(false);
            // What is behind the last part that is wanted is not read.
            if (result.ExitCode != 0 || (isBroken && !options.IsPartial)) throw Failure(result);
        }
    }

    private IEnumerable<string> Arguments(PostgresLoadOptions options)
    {
        // A name with an equals sign would be taken for a connection string.
        yield return $"--dbname=dbname='{target.Database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
        yield return "--exit-on-error";
        yield return "--no-password";
        foreach (var schema in options.Schemas) yield return $"--schema={schema}";
        foreach (var table in options.Tables) yield return $"--table={table}";
        if (options.WithoutPrivileges) yield return "--no-privileges";
        if (options.Owner is not { } owner) yield break;
        yield return "--no-owner";
        yield return $"--role={owner}";
    }

    private HoldfastException Failure(ChildProcessResult result)
    {
        var said = result.ErrorText;
        var (kind, hint) = said switch
        {
            _ when Has("No space left on device") => (FailureKind.NoSpace, "free some space on the server's disk and try again"),
            _ when Has("role \"") && Has("does not exist") => (FailureKind.Failed, "make the roles first (globals.sql beside the dump has them), or give everything to one role with --owner ROLE --no-privileges"),
            _ when Has("extension \"") && Has("is not available") => (FailureKind.Failed, "install the extension on the server: Debian has them in packages such as postgresql-contrib"),
            _ when Has("permission denied") || Has("must be ") => (FailureKind.Failed, "restore as a superuser, or give everything to one role with --owner ROLE --no-privileges"),
            _ => (FailureKind.Failed, (string?)null),
        };
        return new HoldfastException(kind, $"pg_restore into {target.Display} failed with exit code {result.ExitCode}{OutputTail.InLines(result)}", hint);

        bool Has(string text) => said.Contains(text, StringComparison.Ordinal);
    }
}
