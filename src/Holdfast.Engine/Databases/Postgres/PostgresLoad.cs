using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>Restores a dump into a database with pg_restore or psql, which read it from a pipe.</summary>
/// <param name="target">The database.</param>
/// <param name="tools">Where pg_restore is.</param>
public sealed class PostgresLoad(PostgresServer target, PostgresTools tools)
{
    /// <param name="major">The major version of the server, or of the pg_dump if that is newer.</param>
    /// <param name="format">In which form it is.</param>
    /// <param name="options">What of it; of SQL always all.</param>
    /// <param name="writeAsync">Writes the dump.</param>
    /// <param name="cancellationToken">Kills pg_restore.</param>
    /// <exception cref="HoldfastException">It was not restored whole, and why. The database is in no state then.</exception>
    public async Task RunAsync(
        int major, DumpFormat format, PostgresLoadOptions options, Func<Stream, CancellationToken, Task> writeAsync, CancellationToken cancellationToken)
    {
        await MakeSchemasAsync(options, cancellationToken).ConfigureAwait(false);
        var name = format == DumpFormat.Sql ? "psql" : "pg_restore";
        var program = await tools.RequireAsync(name, major, cancellationToken).ConfigureAwait(false);
        var filter = ChildFilter.Into(Stream.Null, new ChildProcessOptions
        {
            Program = program.ToString(),
            Arguments = [.. format == DumpFormat.Sql ? ScriptArguments : Arguments(options)],
            Environment = target.ClientVariables,
            WorkingDirectory = "/",
        });
        await using (filter.ConfigureAwait(false))
        {
            var isWhole = await filter.TryWriteAsync(writeAsync, cancellationToken).ConfigureAwait(false);
            var result = await filter.FinishAsync(cancellationToken).ConfigureAwait(false);
            // What is behind the last part that is wanted is not read.
            if (result.ExitCode != 0 || (!isWhole && !options.IsPartial)) throw Failure(name, result);
        }
    }

    // pg_restore takes what is in a schema, and not the schema itself.
    private async Task MakeSchemasAsync(PostgresLoadOptions options, CancellationToken cancellationToken)
    {
        if (options.Schemas.Count == 0) return;
        var connection = await PostgresConnections.OpenAsync(target, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach (var schema in options.Schemas)
                await connection.ExecuteAsync(target, $"create schema if not exists {PostgresConnections.Identifier(schema)}", cancellationToken).ConfigureAwait(false);
        }
    }

    // A name with an equals sign would be taken for a connection string.
    private string Place => $"--dbname=dbname='{target.Database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    private IEnumerable<string> ScriptArguments => [Place, "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--single-transaction", "--file=-"];

    private IEnumerable<string> Arguments(PostgresLoadOptions options)
    {
        yield return Place;
        yield return "--exit-on-error";
        yield return "--no-password";
        foreach (var schema in options.Schemas) yield return $"--schema={schema}";
        foreach (var table in options.Tables) yield return $"--table={table}";
        if (options.WithoutPrivileges) yield return "--no-privileges";
        if (options.WithoutTablespaces) yield return "--no-tablespaces";
        if (options.Owner is not { } owner) yield break;
        yield return "--no-owner";
        yield return $"--role={owner}";
    }

    private HoldfastException Failure(string program, ChildProcessResult result)
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
        return new HoldfastException(kind, $"{program} into {target.Display} failed with exit code {result.ExitCode}{OutputTail.InLines(result)}", hint);

        bool Has(string text) => said.Contains(text, StringComparison.Ordinal);
    }
}
