using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Served;

/// <summary>
/// Makes what a restore of an application brings back into servers: each database is loaded beside the present one and proven. It then tells what is to be
/// exchanged.
/// </summary>
/// <param name="targets">Which.</param>
/// <param name="snapshot">What is restored.</param>
/// <param name="endsSessions">Those who are connected may be ended.</param>
/// <param name="log">Told what was noticed.</param>
/// <param name="clock">For names and waiting.</param>
/// <param name="progress">Shows the steps.</param>
internal sealed class ServedStaging(
    IReadOnlyList<ServedTarget> targets, StoredSnapshot snapshot, bool endsSessions, RestoreLog log, TimeProvider clock, OperationProgress progress) : IAsyncDisposable
{
    /// <summary>How long programs that have just ended take to leave the server, at most.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly List<(ServedTarget Target, ServedRestorePlan Plan, string Name)> _plans = [];
    private readonly List<StagedDatabase> _staged = [];

    /// <summary>How a database is loaded; the server's is replaced by that of the manifest.</summary>
    internal static ServedTargetOptions Options(ServedTarget target, bool endsSessions) => new() { Server = target.Address, EndConnections = endsSessions };

    /// <summary>Looks at the servers, and tells the names that the journal is to know before anything is made there.</summary>
    /// <exception cref="HoldfastException">A server is not to be had, or cannot take the database.</exception>
    internal async Task<IReadOnlyList<ServedExchangeItem>> AnnounceAsync(CancellationToken cancellationToken)
    {
        foreach (var target in targets.Where(target => target.Item is not null))
        {
            var planner = new ServedPlanner(DumpDescription.Of(target.Item!, snapshot), Options(target, endsSessions), clock);
            var plan = await planner.PlanAsync(cancellationToken).ConfigureAwait(false);
            if (plan.Obstacles.Count > 0) throw new HoldfastException(FailureKind.Failed, string.Join("; ", plan.Obstacles), "nothing was changed");
            if (plan.Space is { IsMet: false } space) throw new HoldfastException(FailureKind.NoSpace, space.ToString(), "free some space there; nothing was changed");
            _plans.Add((target, plan, PostgresMaintenance.NewName()));
        }

        return [.. _plans.Select(one => StagedDatabase.Announce(one.Plan, one.Name))];
    }

    /// <summary>Loads and proves each. Nothing of the application is changed.</summary>
    /// <exception cref="HoldfastException">Call <see cref="DiscardAsync"/>.</exception>
    internal async Task StageAsync(BlobReader reader, bool acceptsContent, CancellationToken cancellationToken)
    {
        foreach (var (target, plan, name) in _plans)
        {
            var staged = await StagedDatabase.CreateAsync(plan, DumpSource.Of(target.Item!, snapshot, reader), name, cancellationToken).ConfigureAwait(false);
            _staged.Add(staged);
            foreach (var notice in staged.Notices) log.Notice(notice);
            await staged.LoadAsync(clock, progress, acceptsContent, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes sure that nobody is connected to what is replaced, or ends those who are. Programs that have just ended are waited for.</summary>
    /// <param name="isEarly">Nobody was stopped yet, nor is ended.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HoldfastException">Busy: who is connected.</exception>
    internal async Task RequireUnusedAsync(bool isEarly, CancellationToken cancellationToken)
    {
        foreach (var target in targets)
        {
            var server = await PostgresServer.ResolveAsync(target.Address, clock, cancellationToken).ConfigureAwait(false);
            var maintenance = await PostgresMaintenance.OpenAsync(server, cancellationToken).ConfigureAwait(false);
            await using (maintenance.ConfigureAwait(false))
            {
                var renaming = new DatabaseRenaming(maintenance, clock);
                // Who comes back at once is kept out by the exchange itself.
                if (endsSessions && !isEarly) await maintenance.EndSessionsAsync(server.Database, cancellationToken).ConfigureAwait(false);
                else if (!endsSessions) await renaming.RequireUnusedAsync(server.Database, isEarly ? TimeSpan.Zero : _patience, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What there is to exchange; to be asked for when the application stands still.</summary>
    /// <param name="marks">Those of the old ones as they were saved, by name; none for those that need not be compared.</param>
    /// <param name="keep">Names of those whose old one stays.</param>
    /// <param name="cancellationToken">Ends the questions.</param>
    internal async Task<IReadOnlyList<ServedExchangeItem>> ItemsAsync(
        IReadOnlyDictionary<string, string?> marks, IReadOnlyCollection<string> keep, CancellationToken cancellationToken)
    {
        var items = new List<ServedExchangeItem>();
        foreach (var staged in _staged) items.Add(await staged.ItemAsync(clock, cancellationToken).ConfigureAwait(false));
        foreach (var target in targets.Where(target => target.Item is null)) items.Add(await RemovalAsync(target, cancellationToken).ConfigureAwait(false));
        return
        [
            .. items.Where(item => item.New is not null || item.Old is not null).Select(item => item with
            {
                OldMark = marks.GetValueOrDefault(item.Name),
                KeepsOld = keep.Contains(item.Name),
            }),
        ];
    }

    /// <summary>Drops what was staged and has not got its name.</summary>
    internal async Task DiscardAsync()
    {
        foreach (var staged in _staged) await staged.DiscardAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var staged in _staged) await staged.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<ServedExchangeItem> RemovalAsync(ServedTarget target, CancellationToken cancellationToken)
    {
        var server = await PostgresServer.ResolveAsync(target.Address, clock, cancellationToken).ConfigureAwait(false);
        var maintenance = await PostgresMaintenance.OpenAsync(server, cancellationToken).ConfigureAwait(false);
        await using (maintenance.ConfigureAwait(false))
        {
            var there = await maintenance.IdentitiesAsync(cancellationToken).ConfigureAwait(false);
            return new ServedExchangeItem
            {
                Name = target.Name,
                Server = StoredAddress.Of(target.Address),
                Database = server.Database,
                Old = there.TryGetValue(server.Database, out var old) ? old : null,
                Kept = await maintenance.FreeNameAsync(server.Database, "before_restore", clock.GetUtcNow(), cancellationToken).ConfigureAwait(false),
            };
        }
    }
}
