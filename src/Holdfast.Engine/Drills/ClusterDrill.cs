using System.Globalization;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Databases.Postgres.Clusters;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Drills;

/// <summary>Starts a server on the files of a base backup that were restored, and puts the questions to it that make a proof.</summary>
internal sealed class ClusterDrill(CheckList checks, PostgresTools tools, TimeProvider clock, OperationProgress progress)
{
    private readonly List<string> _notices = [];

    internal IReadOnlyList<string> Notices => _notices;

    /// <summary>Clusters that were started.</summary>
    internal int Restored { get; private set; }

    /// <summary>How long it took until they had recovered.</summary>
    internal TimeSpan Duration { get; private set; }

    internal static bool IsFor(DatabaseRecord record) => record.Postgres is { Method: PostgresRecord.Physical, Cluster.Folder.Length: > 0, Major: > 0 };

    /// <exception cref="HoldfastException">NotFound: a program of the version is not installed.</exception>
    internal static void RequirePrograms(PostgresTools tools, PostgresRecord details)
    {
        RestoredDataDirectory.RequirePrograms(tools, details.Major);
        if (details.Cluster!.Checksums) _ = tools.RequireExactly("pg_checksums", details.Major);
    }

    /// <summary>Checks one.</summary>
    /// <param name="record">What was recorded about it at backup time.</param>
    /// <param name="items">What was restored.</param>
    /// <param name="scratch">The folder of the drill, beside which there is room for another one.</param>
    /// <param name="cancellationToken">Ends the server.</param>
    /// <exception cref="HoldfastException">The disk is full, or a program cannot be run. That says nothing about the snapshot.</exception>
    internal async Task CheckAsync(DatabaseRecord record, IReadOnlyList<RestoreItem> items, FilePath scratch, CancellationToken cancellationToken)
    {
        var (name, details) = (PrintableName.Escape(record.Name), record.Postgres!);
        var source = FilePath.From(record.Path).Combine(details.Cluster!.Folder);
        var restored = items.FirstOrDefault(item => item.Source == source && item.IsDirectory)?.Destination;
        if (restored is null || FileSystem.TryStatus(restored, followLinks: false) is not { IsDirectory: true })
        {
            checks.Add("restore", name, ["the snapshot lists this database but does not hold its cluster"], TimeSpan.Zero);
            return;
        }

        // The account gets through no folder of the drill, and all is there already: it is moved.
        var folder = ScratchDirectory.Create(scratch.Parent!);
        try
        {
            var options = new ScratchClusterOptions { Major = details.Major, Tools = tools, Account = ClusterAccount.Find(), Folder = folder.Path, Log = scratch.Combine("postgres.log") };
            FileSystem.Rename(restored, options.DataDirectory);
            await CheckAsync(record, options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            TryRemove(folder);
        }
    }

    private async Task CheckAsync(DatabaseRecord record, ScratchClusterOptions options, CancellationToken cancellationToken)
    {
        var (name, details) = (PrintableName.Escape(record.Name), record.Postgres!);
        var started = clock.GetTimestamp();
        progress.Begin($"verifying the files of the cluster of the database {name}");
        IReadOnlyList<string> wrong = [];
        await checks.RunAsync(
            "pg_verifybackup",
            name,
            async () => wrong = await RestoredDataDirectory.VerifyAsync(options, clock, cancellationToken).ConfigureAwait(false),
            $"{HumanFormat.Size(details.Bytes)}, WAL from {details.Cluster!.Start} to {details.Cluster.End}").ConfigureAwait(false);
        if (wrong.Count > 0 || await StartAsync(record, options, cancellationToken).ConfigureAwait(false) is not { } cluster) return;
        await using (cluster.ConfigureAwait(false))
        {
            Duration += clock.GetElapsedTime(started);
            Restored++;
            await AskAsync(cluster, record, cancellationToken).ConfigureAwait(false);
            if (!details.Cluster.Checksums) return;
            progress.Begin($"comparing the checksums of the cluster of the database {name}");
            await checks.RunAsync("checksums", name, () => CheckPagesAsync(cluster, options, cancellationToken), "all pages").ConfigureAwait(false);
        }
    }

    /// <returns>Null when it does not recover, which is among the checks then.</returns>
    private async Task<ScratchCluster?> StartAsync(DatabaseRecord record, ScratchClusterOptions options, CancellationToken cancellationToken)
    {
        var name = PrintableName.Escape(record.Name);
        progress.Begin($"starting a server of PostgreSQL {options.Major} on the cluster of the database {name}");
        ScratchCluster? cluster = null;
        await checks.RunAsync("recovery", name, async () =>
        {
            var superuser = record.Postgres!.Cluster!.Superuser ?? "postgres";
            var directory = await RestoredDataDirectory.PrepareAsync(options, superuser, clock, cancellationToken).ConfigureAwait(false);
            cluster = await ScratchCluster.StartAsync(directory, options, clock, cancellationToken).ConfigureAwait(false);
            return [];
        }).ConfigureAwait(false);
        return cluster;
    }

    private async Task AskAsync(ScratchCluster cluster, DatabaseRecord record, CancellationToken cancellationToken)
    {
        var (name, details) = (PrintableName.Escape(record.Name), record.Postgres!);
        progress.Begin($"checking the database {name}");
        var maintenance = await PostgresMaintenance.OpenAsync(cluster.Server, cancellationToken).ConfigureAwait(false);
        await using (maintenance.ConfigureAwait(false))
        {
            var missing = await maintenance.MissingExtensionsAsync(details.Extensions.Keys, cancellationToken).ConfigureAwait(false);
            checks.Add("extensions", name, [.. missing.Select(extension => MissingExtension.Words(details.Major, extension))], TimeSpan.Zero, MissingExtension.List(details.Extensions.Keys));
            await checks.RunAsync("database", name, () => AskAsync(cluster.Server.With(details.Database), record, name, cancellationToken)).ConfigureAwait(false);
            var heap = new HeapCheck(tools, clock);
            if (await heap.ObstacleAsync(maintenance, cancellationToken).ConfigureAwait(false) is { } why)
                _notices.Add(string.Create(CultureInfo.InvariantCulture, $"the indexes in the cluster of the database {name} were not compared with their tables: {why}"));
            else await checks.RunAsync("amcheck", name, () => heap.CheckAllAsync(cluster.Server, details.Major, cancellationToken), "every row of every database is in every index").ConfigureAwait(false);
        }
    }

    /// <returns>Nothing: what is wrong is in checks of its own. That it can be connected to is the check itself.</returns>
    private async Task<IReadOnlyList<string>> AskAsync(PostgresServer place, DatabaseRecord record, string name, CancellationToken cancellationToken)
    {
        var database = await PostgresDatabaseChecks.OpenAsync(place, cancellationToken).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            var questions = new PostgresQuestions(database, record);
            if (record.ExpectTables.Count > 0)
                await checks.RunAsync("expected_tables", name, () => questions.ExpectedTablesAsync(cancellationToken)).ConfigureAwait(false);
            foreach (var assertion in record.Assertions)
                await checks.RunAsync("assertion", $"{name}: {PrintableName.Escape(assertion)}", () => questions.AssertionAsync(assertion, cancellationToken)).ConfigureAwait(false);
            await checks.RunAsync("indexes", name, () => questions.InvalidIndexesAsync(cancellationToken)).ConfigureAwait(false);
            return [];
        }
    }

    private async Task<IReadOnlyList<string>> CheckPagesAsync(ScratchCluster cluster, ScratchClusterOptions options, CancellationToken cancellationToken)
    {
        await cluster.StopAsync(cancellationToken).ConfigureAwait(false);
        return await RestoredDataDirectory.CheckPagesAsync(options, clock, cancellationToken).ConfigureAwait(false);
    }

    // What was found out must not be lost with it; the next drill tries again.
    private void TryRemove(ScratchDirectory folder)
    {
        try
        {
            folder.Dispose();
        }
        catch (HoldfastException error)
        {
            _notices.Add($"the scratch directory \"{folder.Path.Display}\" could not be removed: {error.Message}");
        }
    }
}
