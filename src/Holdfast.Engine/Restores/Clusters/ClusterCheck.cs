using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Databases.Postgres.Clusters;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Inspection;

namespace Holdfast.Engine.Restores.Clusters;

/// <summary>
/// Starts a server of its own on a restored cluster before that gets its name, asks it, and ends it in order. The cluster has recovered then, and is as it
/// would be after its first start and stop.
/// </summary>
internal sealed class ClusterCheck(ScratchClusterOptions options, TimeProvider clock, OperationProgress progress)
{
    private const string OwnSettings = "postgresql.auto.conf";

    /// <summary>What a server was started with; that of a drill is nobody's business later.</summary>
    private const string StartWords = "postmaster.opts";

    /// <returns>What is wrong, in words that are harmless for terminals; none when all is right.</returns>
    /// <exception cref="Restic.Failures.HoldfastException">It does not start or recover, and why.</exception>
    internal async Task<IReadOnlyList<string>> RunAsync(DatabaseRecord record, CancellationToken cancellationToken)
    {
        var (settings, aside) = (options.DataDirectory.Combine(OwnSettings), options.Folder.Combine(OwnSettings));
        var hasSettings = FileSystem.Exists(settings);
        if (hasSettings) FileSystem.Rename(settings, aside);
        progress.Begin("starting a server on the cluster");
        var cluster = record.Postgres!.Cluster!;
        var wrong = new List<string>();
        var directory = await RestoredDataDirectory.PrepareAsync(options, cluster.Superuser ?? "postgres", clock, cancellationToken).ConfigureAwait(false);
        var server = await ScratchCluster.StartAsync(directory, options, clock, cancellationToken).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            progress.Begin("checking the cluster");
            wrong.AddRange(await AskAsync(server.Server.With(record.Postgres.Database), record, cancellationToken).ConfigureAwait(false));
            await server.StopAsync(cancellationToken).ConfigureAwait(false);
        }

        if (cluster.Checksums) wrong.AddRange(await RestoredDataDirectory.CheckPagesAsync(options, clock, cancellationToken).ConfigureAwait(false));
        _ = FileSystem.Remove(options.DataDirectory.Combine(StartWords));
        if (hasSettings) FileSystem.Rename(aside, settings);
        return wrong;
    }

    private static async Task<IReadOnlyList<string>> AskAsync(PostgresServer place, DatabaseRecord record, CancellationToken cancellationToken)
    {
        var database = await PostgresDatabaseChecks.OpenAsync(place, cancellationToken).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            var questions = new PostgresQuestions(database, record);
            var wrong = new List<string>();
            wrong.AddRange(await questions.ExpectedTablesAsync(cancellationToken).ConfigureAwait(false));
            wrong.AddRange(await questions.InvalidIndexesAsync(cancellationToken).ConfigureAwait(false));
            foreach (var assertion in record.Assertions)
                wrong.AddRange((await questions.AssertionAsync(assertion, cancellationToken).ConfigureAwait(false)).Select(why => $"{PrintableName.Escape(assertion)}: {why}"));
            return wrong;
        }
    }
}
