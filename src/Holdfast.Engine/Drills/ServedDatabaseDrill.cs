using System.Globalization;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Databases.Postgres.Clusters;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Engine.Scratch;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Drills;

/// <summary>Restores the dump of a database into a server of its own, which is made for that, and puts the questions to it that make a proof.</summary>
internal sealed class ServedDatabaseDrill(CheckList checks, DrillOptions options, PostgresTools tools, TimeProvider clock, OperationProgress progress)
{
    private const int LargestGlobals = 64 << 20;

    private readonly List<string> _notices = [];

    internal IReadOnlyList<string> Notices => _notices;

    /// <summary>Databases that were restored.</summary>
    internal int Restored { get; private set; }

    /// <summary>How long that took, the making of servers with it.</summary>
    internal TimeSpan Duration { get; private set; }

    /// <summary>Those of a snapshot that this is for.</summary>
    internal static IReadOnlyList<DatabaseRecord> Of(SnapshotRecord? record) =>
        [.. record?.Databases.Where(database => database is { Kind: DatabaseRecord.PostgresKind, Missing: null }) ?? []];

    /// <summary>Makes sure that it can be done on this machine, before anything is.</summary>
    /// <param name="databases">What is to be drilled.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <exception cref="HoldfastException">Failed: it cannot, and why. That says nothing about the snapshot.</exception>
    internal async Task RequireGroundAsync(IReadOnlyList<DatabaseRecord> databases, CancellationToken cancellationToken)
    {
        if (databases.Count == 0) return;
        foreach (var database in databases)
        {
            var name = PrintableName.Escape(database.Name);
            var major = database.Postgres?.Major;
            try
            {
                if (ClusterDrill.IsFor(database)) ClusterDrill.RequirePrograms(tools, database.Postgres!);
                else if (database.Postgres is { Method: PostgresRecord.Logical, Dump.Length: > 0, Major: > 0 } details) await RequireProgramsAsync(details, cancellationToken).ConfigureAwait(false);
                else throw new HoldfastException(FailureKind.Failed, $"the database {name} was saved in a way that this program cannot restore", "update Holdfast");
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
            {
                throw new HoldfastException(
                    FailureKind.Failed,
                    $"a drill of the database {name} needs a server of PostgreSQL {major} to restore it into, and cannot be made: {error.Message}",
                    $"{error.Hint}; it need not run",
                    error);
            }
        }

        _ = Places();
    }

    /// <summary>Where a server of this machine can be, all folders that may be taken.</summary>
    internal IReadOnlyList<FilePath> Places() => Places(ClusterAccount.Find());

    private async Task RequireProgramsAsync(PostgresRecord details, CancellationToken cancellationToken)
    {
        ScratchCluster.RequirePrograms(tools, details.Major);
        _ = await tools.RequireAsync("pg_restore", Math.Max(details.Major, details.DumpVersion), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Checks one.</summary>
    /// <param name="record">What was recorded about it at backup time.</param>
    /// <param name="items">What was restored.</param>
    /// <param name="log">A file for what its server says.</param>
    /// <param name="cancellationToken">Ends the server.</param>
    /// <exception cref="HoldfastException">The server could not be made or kept, or the disk is full. That says nothing about the snapshot.</exception>
    internal async Task CheckAsync(DatabaseRecord record, IReadOnlyList<RestoreItem> items, FilePath log, CancellationToken cancellationToken)
    {
        var (name, details) = (PrintableName.Escape(record.Name), record.Postgres!);
        if (FileOf(items, record, details.Dump) is not { } dump)
        {
            checks.Add("restore", name, ["the snapshot lists this database but does not hold its dump"], TimeSpan.Zero);
            return;
        }

        var started = clock.GetTimestamp();
        progress.Begin($"starting a server of PostgreSQL {details.Major} for the database {name}");
        var account = ClusterAccount.Find();
        var folder = ScratchPlaces.Create(Places(account), Demand(details));
        try
        {
            await CheckAsync(record, items, dump, new ScratchClusterOptions { Major = details.Major, Tools = tools, Account = account, Folder = folder.Path, Log = log }, started, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            TryRemove(folder);
        }
    }

    private async Task CheckAsync(
        DatabaseRecord record, IReadOnlyList<RestoreItem> items, FilePath dump, ScratchClusterOptions place, long started, CancellationToken cancellationToken)
    {
        var cluster = await ScratchCluster.StartAsync(place, clock, cancellationToken).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            var maintenance = await PostgresMaintenance.OpenAsync(cluster.Server, cancellationToken).ConfigureAwait(false);
            await using (maintenance.ConfigureAwait(false))
            {
                if (await LoadAsync(maintenance, record, items, dump, cancellationToken).ConfigureAwait(false) is not { } database) return;
                Duration += clock.GetElapsedTime(started);
                Restored++;
                await AskAsync(maintenance, database, record, cancellationToken).ConfigureAwait(false);
            }
        }
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

    /// <returns>The database; null when it could not be restored, which is among the checks then.</returns>
    private async Task<PostgresServer?> LoadAsync(
        PostgresMaintenance server, DatabaseRecord record, IReadOnlyList<RestoreItem> items, FilePath dump, CancellationToken cancellationToken)
    {
        var (name, details) = (PrintableName.Escape(record.Name), record.Postgres!);
        if (details.Globals is { } file)
            await checks.RunAsync("roles", name, () => MakeRolesAsync(server, FileOf(items, record, file), cancellationToken)).ConfigureAwait(false);
        var missing = await server.MissingExtensionsAsync(details.Extensions.Keys, cancellationToken).ConfigureAwait(false);
        checks.Add(
            "extensions",
            name,
            [.. missing.Select(extension => MissingExtension.Words(details.Major, extension))],
            TimeSpan.Zero,
            MissingExtension.List(details.Extensions.Keys));
        if (missing.Count > 0) return null;
        var size = (long)FileSystem.Status(dump, followLinks: false).Size;
        progress.Begin($"restoring the database {name} into a server of its own", size);
        var started = clock.GetTimestamp();
        PostgresServer? database = null;
        string? wrong = null;
        try
        {
            var made = await MakeDatabaseAsync(server, details, cancellationToken).ConfigureAwait(false);
            await new PostgresLoad(made, tools).RunAsync(
                Math.Max(details.Major, details.DumpVersion), DumpFormat.Custom, new PostgresLoadOptions { WithoutTablespaces = true },
                (output, token) => CopyAsync(dump, output, token), cancellationToken).ConfigureAwait(false);
            database = made;
        }
        catch (HoldfastException error) when (error.Kind is not (FailureKind.NoSpace or FailureKind.Unavailable))
        {
            // The server's words stand in lines of their own.
            wrong = string.Join(' ', error.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }

        var duration = clock.GetElapsedTime(started);
        checks.Add("restore", name, wrong is null ? [] : [wrong], duration, $"{HumanFormat.Size(size)} in {HumanFormat.Duration(duration)}");
        return database;
    }

    private static async Task<IReadOnlyList<string>> MakeRolesAsync(PostgresMaintenance server, FilePath? globals, CancellationToken cancellationToken) => globals is null
        ? ["the snapshot lists the roles of the server but does not hold them"]
        : await new PostgresRoles(server).MakeAsync(FileSystem.ReadAllBytes(globals, LargestGlobals), cancellationToken).ConfigureAwait(false);

    private static async Task<PostgresServer> MakeDatabaseAsync(PostgresMaintenance server, PostgresRecord details, CancellationToken cancellationToken)
    {
        var name = PostgresMaintenance.NewName();
        await server.CreateUnfinishedAsync(name, details.Owner, details.Encoding, details.Collate, details.CType, cancellationToken).ConfigureAwait(false);
        // A query may ask where it is.
        if (await server.ExistsAsync(details.Database, cancellationToken).ConfigureAwait(false)) return server.Server.With(name);
        await server.RenameAsync([(name, details.Database)], cancellationToken).ConfigureAwait(false);
        return server.Server.With(details.Database);
    }

    private async Task CopyAsync(FilePath dump, Stream output, CancellationToken cancellationToken)
    {
        const int CopySize = 256 * 1024;
        using var content = RegularFileStream.OpenRead(dump);
        var buffer = new byte[CopySize];
        while (await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
        {
            await output.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            progress.AddBytes(count);
        }
    }

    private async Task AskAsync(PostgresMaintenance server, PostgresServer place, DatabaseRecord record, CancellationToken cancellationToken)
    {
        var name = PrintableName.Escape(record.Name);
        progress.Begin($"checking the database {name}");
        var database = await PostgresDatabaseChecks.OpenAsync(place, cancellationToken).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            var questions = new PostgresQuestions(database, record);
            if (record.ExpectTables.Count > 0)
                await checks.RunAsync("expected_tables", name, () => questions.ExpectedTablesAsync(cancellationToken)).ConfigureAwait(false);
            foreach (var assertion in record.Assertions)
                await checks.RunAsync("assertion", $"{name}: {PrintableName.Escape(assertion)}", () => questions.AssertionAsync(assertion, cancellationToken)).ConfigureAwait(false);
            await checks.RunAsync("row_counts", name, () => questions.RowCountsAsync(cancellationToken), DatabaseDrill.Figures(record)).ConfigureAwait(false);
            await checks.RunAsync("indexes", name, () => questions.InvalidIndexesAsync(cancellationToken)).ConfigureAwait(false);
        }

        // Last, because it adds an extension.
        var heap = new HeapCheck(tools, clock);
        if (await heap.ObstacleAsync(server, cancellationToken).ConfigureAwait(false) is { } why)
            _notices.Add(string.Create(CultureInfo.InvariantCulture, $"the indexes of the database {name} were not compared with its tables: {why}"));
        else await checks.RunAsync("amcheck", name, () => heap.CheckAsync(place, server.Version.Major, cancellationToken), "every row is in every index").ConfigureAwait(false);
    }

    private static FilePath? FileOf(IReadOnlyList<RestoreItem> items, DatabaseRecord record, string file)
    {
        var path = FilePath.From(record.Path).Combine(file);
        return items.FirstOrDefault(item => item.Source == path && item.IsFile && FileSystem.Exists(item.Destination))?.Destination;
    }

    // The account gets nowhere through folders that are private, such as a state folder below that of root.
    private IReadOnlyList<FilePath> Places(ClusterAccount account)
    {
        var places = options.ScratchCandidates.Where(account.CanEnter).ToList();
        return places.Count > 0 ? places : throw new HoldfastException(
            FailureKind.Failed,
            $"PostgreSQL refuses to run as root, and the account {account.Name}, which would run it for the drill, can get into none of {string.Join(", ", options.ScratchCandidates.Select(place => $"\"{place.Display}\""))}",
            "name a folder that all may pass through (--scratch, or TMPDIR), or run the drill as another user than root");
    }

    private static ScratchDemand Demand(PostgresRecord details)
    {
        const long EmptyCluster = 40 << 20;
        const long Margin = 128 << 20;
        return new ScratchDemand("a server for the drill", details.Bytes + EmptyCluster, Margin, "free some space, or name a folder with room (--scratch, or TMPDIR)");
    }
}
