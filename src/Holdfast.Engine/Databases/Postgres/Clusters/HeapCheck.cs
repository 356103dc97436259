using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres.Clusters;

/// <summary>Lets pg_amcheck compare every table of a database with its indexes. The extension it needs is made in the database.</summary>
public sealed class HeapCheck(PostgresTools tools, TimeProvider clock)
{
    private const string Extension = "amcheck";

    /// <summary>Why it cannot be done, one sentence; null when it can.</summary>
    public async Task<string?> ObstacleAsync(PostgresMaintenance server, CancellationToken cancellationToken)
    {
        try
        {
            _ = tools.RequireExactly("pg_amcheck", server.Version.Major);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
        {
            return error.Message;
        }

        var missing = await server.MissingExtensionsAsync([Extension], cancellationToken).ConfigureAwait(false);
        return missing.Count == 0 ? null : $"the PostgreSQL {server.Version.Major} of this machine lacks the extension {Extension}";
    }

    /// <summary>What is wrong, in words that are harmless for terminals; none when all is right.</summary>
    public Task<IReadOnlyList<string>> CheckAsync(PostgresServer database, int major, CancellationToken cancellationToken) =>
        CheckAsync(database, major, [], cancellationToken);

    /// <summary>The same of all databases of a server.</summary>
    public Task<IReadOnlyList<string>> CheckAllAsync(PostgresServer server, int major, CancellationToken cancellationToken) =>
        CheckAsync(server, major, ["--all"], cancellationToken);

    private async Task<IReadOnlyList<string>> CheckAsync(PostgresServer database, int major, string[] which, CancellationToken cancellationToken)
    {
        var result = await new ChildProcess(clock).RunAsync(
            new ChildProcessOptions
            {
                Program = tools.RequireExactly("pg_amcheck", major).ToString(),
                Arguments = [.. which, "--install-missing", "--heapallindexed", "--no-password"],
                Environment = database.ClientVariables,
                WorkingDirectory = "/",
            },
            cancellationToken).ConfigureAwait(false);
        if (result.ExitCode == 0) return [];
        // What is corrupt comes in two lines: what it is, and what is wrong with it.
        var said = result.OutputText.Trim().Length > 0 ? result.OutputText : result.ErrorText;
        return [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => Quoted.Escape(line, longest: 300)).DefaultIfEmpty($"pg_amcheck ended with exit code {result.ExitCode}")];
    }
}
