using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Served;

/// <summary>
/// Restores a dump into a new database of a server, proves it there, and only then gives it the name that it shall have. A database that had the name
/// is kept under another one: the two are exchanged in one transaction of the server. Killed at any instant, the old one has the name or the new one.
/// </summary>
internal sealed class ServedPlacement(DumpSource source, ServedTargetOptions options, TimeProvider clock, OperationProgress progress)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    private readonly List<string> _notices = [];

    /// <summary>Does it. What stands in the way is looked at again.</summary>
    internal async Task<ServedRestoreResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var plan = await PlanAsync(cancellationToken).ConfigureAwait(false);
        return plan.Obstacles.Count > 0
            ? throw new HoldfastException(FailureKind.Failed, string.Join("; ", plan.Obstacles), "nothing was changed")
            : await ExecuteAsync(plan, started, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks at the server; changes nothing.</summary>
    internal async Task<ServedRestorePlan> PlanAsync(CancellationToken cancellationToken)
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
                Origin = source.Origin,
                Record = source.Record,
                Bytes = source.Bytes,
                Target = target,
                Replaces = isThere,
                Sessions = isThere ? await maintenance.SessionsAsync(target.Database, cancellationToken).ConfigureAwait(false) : [],
                Obstacles = await ObstaclesAsync(source.Record?.Postgres, maintenance, target, isThere, cancellationToken).ConfigureAwait(false),
            };
        }
    }

    private async Task<IReadOnlyList<string>> ObstaclesAsync(
        PostgresRecord? saved, PostgresMaintenance maintenance, PostgresServer target, bool isThere, CancellationToken cancellationToken)
    {
        var obstacles = new List<string>();
        if (saved is not null && saved.Major is var major && major > maintenance.Version.Major)
            obstacles.Add($"the dump is of PostgreSQL {major}, and {target.ServerDisplay} is PostgreSQL {maintenance.Version.Major}: a dump does not go back to an older version");
        var missing = await maintenance.MissingExtensionsAsync(saved?.Extensions.Keys ?? [], cancellationToken).ConfigureAwait(false);
        if (missing.Count > 0 && !options.Load.IsPartial)
            obstacles.Add($"{target.ServerDisplay} lacks extensions that the database uses: {string.Join(", ", missing.Select(PrintableName.Escape))}");
        if (options.As is not null && isThere) obstacles.Add($"there is a database {Quoted.Text(target.Database)} already on {target.ServerDisplay}");
        if (source.Format == DumpFormat.Sql && !options.Load.IsPlain) obstacles.Add("SQL is restored as it is: parts of it cannot be chosen, nor owners and rights");
        if (options.As is null && options.Load.IsPartial) obstacles.Add("parts of a dump are restored to a new database only, never in the place of a whole one");
        return obstacles;
    }

    private async Task<ServedRestoreResult> ExecuteAsync(
        ServedRestorePlan plan, long started, CancellationToken cancellationToken)
    {
        var maintenance = await PostgresMaintenance.OpenAsync(plan.Target, cancellationToken).ConfigureAwait(false);
        await using (maintenance.ConfigureAwait(false))
        {
            foreach (var left in await maintenance.RemoveLeftoversAsync(cancellationToken).ConfigureAwait(false)) _notices.Add($"the database {left}, which a restore that was killed had left, was dropped");
            var saved = source.Record?.Postgres;
            var unfinished = await maintenance.CreateUnfinishedAsync(
                options.Load.Owner ?? saved?.Owner, saved?.Encoding, saved?.Collate, saved?.CType, cancellationToken).ConfigureAwait(false);
            try
            {
                await LoadAsync(plan.Target.With(unfinished), maintenance.Version.Major, cancellationToken).ConfigureAwait(false);
                if (source.Record is { } record) await ProveAsync(plan.Target.With(unfinished), record, cancellationToken).ConfigureAwait(false);
                var kept = await PlaceAsync(maintenance, plan, unfinished, cancellationToken).ConfigureAwait(false);
                return new ServedRestoreResult
                {
                    Database = plan.Target.Database,
                    Kept = kept,
                    Tables = source.Record?.Tables.Count,
                    Rows = source.Record?.Tables.Values.Sum(),
                    Duration = clock.GetElapsedTime(started),
                    Notices = _notices,
                };
            }
            catch
            {
                await TryDropAsync(maintenance, unfinished).ConfigureAwait(false);
                throw;
            }
        }
    }

    private static async Task TryDropAsync(PostgresMaintenance maintenance, string unfinished)
    {
        try
        {
            // After the exchange there is no database of that name.
            await maintenance.DropAsync(unfinished, CancellationToken.None).ConfigureAwait(false);
        }
        catch (HoldfastException)
        {
            // The server is gone: what it has left is dropped by the next restore, and the first failure is the one to tell.
        }
    }

    private async Task LoadAsync(PostgresServer database, int serverMajor, CancellationToken cancellationToken)
    {
        progress.Begin($"restoring the database {PrintableName.Escape(options.As ?? database.Database)}", source.Bytes);
        await new PostgresLoad(database, PostgresTools.OfSystem(clock)).RunAsync(
            Math.Max(serverMajor, source.Record?.Postgres?.DumpVersion ?? 0),
            source.Format,
            options.Load,
            (input, token) => source.WriteAsync(input, progress.AddBytes, token),
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
        if (!options.EndConnections) await RefuseSessionsAsync(maintenance, name, cancellationToken).ConfigureAwait(false);
        await SwapAsync(maintenance, name, unfinished, kept, cancellationToken).ConfigureAwait(false);
        if (!options.DropOld) return kept;
        await maintenance.DropAsync(kept, CancellationToken.None).ConfigureAwait(false);
        return null;
    }

    private static async Task RefuseSessionsAsync(PostgresMaintenance maintenance, string name, CancellationToken cancellationToken)
    {
        if (await maintenance.SessionsAsync(name, cancellationToken).ConfigureAwait(false) is not { Count: > 0 } sessions) return;
        throw new HoldfastException(
            FailureKind.Busy,
            $"{sessions.Count} connections to the database {Quoted.Text(name)} are open: {string.Join("; ", sessions.Take(5).Select(session => session.Words))}",
            "nothing was replaced: stop the application, or let them be ended with --end-connections");
    }

    /// <summary>Connections are ended while the exchange already keeps new ones waiting: an application that connects again at once does not get in between.</summary>
    private async Task SwapAsync(PostgresMaintenance maintenance, string name, string unfinished, string kept, CancellationToken cancellationToken)
    {
        var ender = options.EndConnections ? await PostgresMaintenance.OpenAsync(maintenance.Server, cancellationToken).ConfigureAwait(false) : null;
        await using (ender)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var swap = maintenance.SwapAsync(name, unfinished, kept, CancellationToken.None);
            try
            {
                while (ender is not null && !swap.IsCompleted)
                {
                    await ender.EndSessionsAsync(name, CancellationToken.None).ConfigureAwait(false);
                    await Task.WhenAny(swap, Task.Delay(_pause, clock, CancellationToken.None)).ConfigureAwait(false);
                }
            }
            finally
            {
                await swap.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await swap.ConfigureAwait(false);
        }
    }
}
