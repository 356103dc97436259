using System.Globalization;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Contents;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Served;

/// <summary>
/// Restores a dump into a new database of a server, proves it there, and only then gives it the name that it shall have. A database that had the name
/// is kept under another one: the two are exchanged in one transaction of the server. Killed at any instant, the old one has the name or the new one.
/// </summary>
public sealed class ServedRestore(Repository repository, ServedRestoreOptions options, TimeProvider clock, OperationProgress progress)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly List<string> _notices = [];

    /// <summary>Looks at the snapshot and the server; changes nothing.</summary>
    /// <exception cref="HoldfastException">NotFound: the database is not in the snapshot. Unavailable: the server. Locked: the repository.</exception>
    public async Task<ServedRestorePlan> PlanAsync(CancellationToken cancellationToken)
    {
        progress.Begin("reading the snapshot");
        return await Reading.RunAsync(
            async (reader, token) => await PlanAsync(await FindAsync(reader, token).ConfigureAwait(false), token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does it. What stands in the way is looked at again.</summary>
    /// <exception cref="HoldfastException">It was not done; a database that had the name has it still, and nothing is left behind.</exception>
    public async Task<ServedRestoreResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        return await Reading.RunAsync(
            async (reader, token) =>
            {
                var content = await FindAsync(reader, token).ConfigureAwait(false);
                var plan = await PlanAsync(content, token).ConfigureAwait(false);
                if (plan.Obstacles.Count > 0) throw new HoldfastException(FailureKind.Failed, string.Join("; ", plan.Obstacles), "nothing was changed");
                return await ExecuteAsync(plan, content, reader, started, token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private LockedReading Reading => new(repository, options.Identity, clock, _notices.Add);

    private Task<ServedContent> FindAsync(BlobReader reader, CancellationToken cancellationToken) =>
        ServedContent.FindAsync(reader, options.Snapshot, options.Name, cancellationToken);

    private async Task<ServedRestorePlan> PlanAsync(ServedContent content, CancellationToken cancellationToken)
    {
        var server = await PostgresServer.ResolveAsync(options.Server, clock, cancellationToken).ConfigureAwait(false);
        var target = options.As is { } name ? server.With(name) : server;
        var maintenance = await PostgresMaintenance.OpenAsync(server, cancellationToken).ConfigureAwait(false);
        await using (maintenance.ConfigureAwait(false))
        {
            var isThere = await maintenance.ExistsAsync(target.Database, cancellationToken).ConfigureAwait(false);
            return new ServedRestorePlan
            {
                Options = options,
                Record = content.Record,
                Target = target,
                Replaces = isThere,
                Sessions = isThere ? await maintenance.SessionsAsync(target.Database, cancellationToken).ConfigureAwait(false) : [],
                Obstacles = await ObstaclesAsync(content.Record.Postgres!, maintenance, target, isThere, cancellationToken).ConfigureAwait(false),
            };
        }
    }

    private async Task<IReadOnlyList<string>> ObstaclesAsync(
        PostgresRecord saved, PostgresMaintenance maintenance, PostgresServer target, bool isThere, CancellationToken cancellationToken)
    {
        var obstacles = new List<string>();
        var major = MajorOf(saved);
        if (major > maintenance.Version.Major)
            obstacles.Add($"the dump is of PostgreSQL {major}, and {target.ServerDisplay} is PostgreSQL {maintenance.Version.Major}: a dump does not go back to an older version");
        var missing = await maintenance.MissingExtensionsAsync(saved.Extensions.Keys, cancellationToken).ConfigureAwait(false);
        if (missing.Count > 0 && !options.Load.IsPartial)
            obstacles.Add($"{target.ServerDisplay} lacks extensions that the database uses: {string.Join(", ", missing.Select(PrintableName.Escape))}");
        if (options.As is not null && isThere) obstacles.Add($"there is a database {Quoted.Text(target.Database)} already on {target.ServerDisplay}");
        if (options.As is null && options.Load.IsPartial) obstacles.Add("parts of a dump are restored to a new database only, never in the place of a whole one");
        return obstacles;
    }

    private async Task<ServedRestoreResult> ExecuteAsync(
        ServedRestorePlan plan, ServedContent content, BlobReader reader, long started, CancellationToken cancellationToken)
    {
        var maintenance = await PostgresMaintenance.OpenAsync(plan.Target, cancellationToken).ConfigureAwait(false);
        await using (maintenance.ConfigureAwait(false))
        {
            foreach (var left in await maintenance.RemoveLeftoversAsync(cancellationToken).ConfigureAwait(false)) _notices.Add($"the database {left}, which a restore that was killed had left, was dropped");
            var saved = content.Record.Postgres!;
            var unfinished = await maintenance.CreateUnfinishedAsync(
                options.Load.Owner ?? saved.Owner, saved.Encoding, saved.Collate, saved.CType, cancellationToken).ConfigureAwait(false);
            try
            {
                await LoadAsync(plan.Target.With(unfinished), maintenance.Version.Major, content, reader, cancellationToken).ConfigureAwait(false);
                await ProveAsync(plan.Target.With(unfinished), content.Record, cancellationToken).ConfigureAwait(false);
                var kept = await PlaceAsync(maintenance, plan, unfinished, cancellationToken).ConfigureAwait(false);
                return new ServedRestoreResult
                {
                    Database = plan.Target.Database,
                    Kept = kept,
                    Tables = content.Record.Tables.Count,
                    Rows = content.Record.Tables.Values.Sum(),
                    Duration = clock.GetElapsedTime(started),
                    Notices = _notices,
                };
            }
            catch
            {
                // After the exchange there is no database of that name.
                await maintenance.DropAsync(unfinished, CancellationToken.None).ConfigureAwait(false);
                throw;
            }
        }
    }

    private async Task LoadAsync(PostgresServer database, int serverMajor, ServedContent content, BlobReader reader, CancellationToken cancellationToken)
    {
        var source = new ContentReader(reader);
        progress.Begin($"restoring the database {PrintableName.Escape(content.Record.Name)}", source.SizeOf(content.Path, content.Dump));
        var major = Math.Max(serverMajor, content.Record.Postgres!.DumpVersion);
        await new PostgresLoad(database, PostgresTools.OfSystem(clock)).RunAsync(
            major,
            options.Load,
            async (input, token) =>
            {
                await foreach (var chunk in source.ReadAsync(content.Path, content.Dump, token).ConfigureAwait(false))
                {
                    await input.WriteAsync(chunk, token).ConfigureAwait(false);
                    progress.AddBytes(chunk.Length);
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task ProveAsync(PostgresServer database, DatabaseRecord record, CancellationToken cancellationToken)
    {
        if (options.Load.IsPartial) return;
        progress.Begin($"checking the database {PrintableName.Escape(record.Name)}");
        var checks = await PostgresDatabaseChecks.OpenAsync(database, cancellationToken).ConfigureAwait(false);
        await using (checks.ConfigureAwait(false))
        {
            var wrong = await new PostgresQuestions(checks, record).AllAsync(cancellationToken).ConfigureAwait(false);
            if (wrong.Count > 0)
                throw new HoldfastException(FailureKind.Damaged, $"the restored database is not what was saved: {string.Join("; ", wrong)}", "nothing was replaced; use another snapshot");
        }
    }

    /// <returns>The name of the database that was replaced; null when there is none any more.</returns>
    private async Task<string?> PlaceAsync(PostgresMaintenance maintenance, ServedRestorePlan plan, string unfinished, CancellationToken cancellationToken)
    {
        var name = plan.Target.Database;
        if (!plan.Replaces)
        {
            await maintenance.RenameAsync(unfinished, name, cancellationToken).ConfigureAwait(false);
            return null;
        }

        progress.Begin("exchanging the databases");
        var kept = await maintenance.FreeNameAsync(name, clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        await new DatabaseProperties(maintenance).CopyAsync(name, unfinished, cancellationToken).ConfigureAwait(false);
        await maintenance.AllowConnectionsAsync(name, isAllowed: false, cancellationToken).ConfigureAwait(false);
        try
        {
            await ClearAsync(maintenance, name, cancellationToken).ConfigureAwait(false);
            await maintenance.SwapAsync(name, unfinished, kept, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            await maintenance.AllowConnectionsAsync(name, isAllowed: true, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        await maintenance.AllowConnectionsAsync(kept, isAllowed: true, CancellationToken.None).ConfigureAwait(false);
        if (!options.DropOld) return kept;
        await maintenance.DropAsync(kept, CancellationToken.None).ConfigureAwait(false);
        return null;
    }

    private async Task ClearAsync(PostgresMaintenance maintenance, string name, CancellationToken cancellationToken)
    {
        var sessions = await maintenance.SessionsAsync(name, cancellationToken).ConfigureAwait(false);
        if (sessions.Count == 0) return;
        if (!options.EndConnections)
        {
            throw new HoldfastException(
                FailureKind.Busy,
                $"{sessions.Count} connections to the database {Quoted.Text(name)} are open: {string.Join("; ", sessions.Take(5).Select(Describe))}",
                "nothing was replaced: stop the application, or let them be ended with --end-connections");
        }

        await maintenance.EndSessionsAsync(name, _patience, clock, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Somebody who is connected, for a person.</summary>
    public static string Describe(PostgresSession session) => string.Create(
        CultureInfo.InvariantCulture, $"process {session.Process}, role {Quoted.Text(session.Role)}, program {Quoted.Text(session.Program)}, from {session.Client}, {session.State}");

    private static int MajorOf(PostgresRecord saved) =>
        int.TryParse(saved.ServerVersion.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : saved.DumpVersion;
}
