using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Served;

/// <summary>
/// Restores a dump into a new database of a server, proves it there, and only then gives it the name that it shall have. A database that had the name
/// is kept under another one: the two are exchanged in one transaction of the server. Killed at any instant, the old one has the name or the new one.
/// </summary>
internal sealed class ServedPlacement(DumpSource source, ServedTargetOptions options, TimeProvider clock, OperationProgress progress)
{
    /// <summary>Told what must be put back should the process end: durable when it returns. Null for nothing any more.</summary>
    internal Action<string?> SaveUndo { get; init; } = static _ => { };

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
    internal Task<ServedRestorePlan> PlanAsync(CancellationToken cancellationToken) => new ServedPlanner(source, options, clock).PlanAsync(cancellationToken);

    private async Task<ServedRestoreResult> ExecuteAsync(ServedRestorePlan plan, long started, CancellationToken cancellationToken)
    {
        var name = PostgresMaintenance.NewName();
        var document = new ExchangeDocument { Phase = ExchangePhase.Staged, Served = [StagedDatabase.Announce(plan, name)], EndsSessions = options.EndConnections };
        SaveUndo(document.Serialize());
        var isSettled = true;
        try
        {
            var staged = await StagedDatabase.CreateAsync(plan, source, name, cancellationToken).ConfigureAwait(false);
            await using (staged.ConfigureAwait(false))
            {
                try
                {
                    await staged.LoadAsync(clock, progress, acceptsContent: false, cancellationToken).ConfigureAwait(false);
                    var item = await staged.ItemAsync(clock, cancellationToken).ConfigureAwait(false) with { KeepsOld = !options.DropOld };
                    if (item.Old is not null && !options.EndConnections) await RefuseSessionsAsync(plan.Target, cancellationToken).ConfigureAwait(false);
                    cancellationToken.ThrowIfCancellationRequested();
                    document = document with { Phase = ExchangePhase.Exchanging, Served = [item] };
                    SaveUndo(document.Serialize());
                    isSettled = false;
                    await ExchangeAsync(document).ConfigureAwait(false);
                    isSettled = true;
                    return Result(plan, item, staged, clock.GetElapsedTime(started));
                }
                catch when (isSettled)
                {
                    await staged.DiscardAsync().ConfigureAwait(false);
                    throw;
                }
            }
        }
        finally
        {
            if (isSettled) SaveUndo(null);
        }
    }

    /// <summary>Gives it the name. What fails is put back, and where that fails, too, the journal knows it.</summary>
    private async Task ExchangeAsync(ExchangeDocument document)
    {
        progress.Begin("exchanging the databases");
        var log = new RestoreLog();
        var exchange = new ServedExchange(document.Served, clock, log) { EndsSessions = options.EndConnections };
        try
        {
            await exchange.ForwardAsync().ConfigureAwait(false);
        }
        catch (HoldfastException error)
        {
            await PutBackAsync(exchange, error).ConfigureAwait(false);
            SaveUndo(null);
            throw;
        }

        SaveUndo((document with { Phase = ExchangePhase.Accepted }).Serialize());
        await exchange.DropAsync().ConfigureAwait(false);
    }

    private static async Task PutBackAsync(ServedExchange exchange, HoldfastException error)
    {
        try
        {
            await exchange.PutBackAsync().ConfigureAwait(false);
        }
        catch (HoldfastException second)
        {
            throw new HoldfastException(error.Kind, $"{error.Message}; {second.Message}", second.Hint, error);
        }
    }

    private ServedRestoreResult Result(ServedRestorePlan plan, ServedExchangeItem item, StagedDatabase staged, TimeSpan duration) => new()
    {
        Database = plan.Target.Database,
        Kept = options.DropOld ? null : item.Kept,
        Tables = source.Record?.Tables.Count,
        Rows = source.Record?.Tables.Values.Sum(),
        Duration = duration,
        Notices = staged.Notices,
    };

    private async Task RefuseSessionsAsync(PostgresServer target, CancellationToken cancellationToken)
    {
        var maintenance = await PostgresMaintenance.OpenAsync(target, cancellationToken).ConfigureAwait(false);
        await using (maintenance.ConfigureAwait(false))
            await new DatabaseRenaming(maintenance, clock).RequireUnusedAsync(target.Database, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
    }
}
