using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Served;

/// <summary>
/// A new database of a server that a dump is restored into, under a name of its own, beside the one whose place it will take. The server lets nobody else remove
/// it as long as this is not disposed of.
/// </summary>
internal sealed class StagedDatabase : IAsyncDisposable
{
    private readonly PostgresMaintenance _maintenance;
    private readonly ServedRestorePlan _plan;
    private readonly DumpSource _source;
    private readonly string _name;

    private StagedDatabase(PostgresMaintenance maintenance, ServedRestorePlan plan, DumpSource source, string name, IReadOnlyList<string> notices) =>
        (_maintenance, _plan, _source, _name, Notices) = (maintenance, plan, source, name, notices);

    /// <summary>What was noticed.</summary>
    internal IReadOnlyList<string> Notices { get; }

    private PostgresServer Server => _plan.Target.With(_name);

    /// <summary>What the journal is to know before it is made.</summary>
    internal static ServedExchangeItem Announce(ServedRestorePlan plan, string name) => new()
    {
        Name = plan.Record?.Name ?? plan.Target.Database,
        Server = StoredAddress.Of(plan.Options.Server),
        Database = plan.Target.Database,
        Staged = name,
    };

    /// <summary>Makes it, empty, and removes what killed restores have left in that server.</summary>
    /// <param name="plan">Where to.</param>
    /// <param name="source">What it will hold.</param>
    /// <param name="name">From <see cref="PostgresMaintenance.NewName"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static async Task<StagedDatabase> CreateAsync(ServedRestorePlan plan, DumpSource source, string name, CancellationToken cancellationToken)
    {
        var maintenance = await PostgresMaintenance.OpenAsync(plan.Target, cancellationToken).ConfigureAwait(false);
        try
        {
            var left = await maintenance.RemoveLeftoversAsync(cancellationToken).ConfigureAwait(false);
            var saved = source.Record?.Postgres;
            await maintenance.CreateUnfinishedAsync(
                name, plan.Options.Load.Owner ?? saved?.Owner, saved?.Encoding, saved?.Collate, saved?.CType, cancellationToken).ConfigureAwait(false);
            return new StagedDatabase(
                maintenance, plan, source, name, [.. left.Select(database => $"the database {database}, which a restore that was killed had left, was dropped")]);
        }
        catch
        {
            await maintenance.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Restores the dump into it, and proves what came of it.</summary>
    /// <exception cref="HoldfastException">It is not what was saved: call <see cref="DiscardAsync"/>.</exception>
    internal async Task LoadAsync(TimeProvider clock, OperationProgress progress, bool acceptsContent, CancellationToken cancellationToken)
    {
        progress.Begin($"restoring the database {PrintableName.Escape(_plan.Target.Database)}", _source.Bytes);
        await new PostgresLoad(Server, PostgresTools.OfSystem(clock)).RunAsync(
            Math.Max(_maintenance.Version.Major, _source.Record?.Postgres?.DumpVersion ?? 0),
            _source.Format,
            _plan.Options.Load,
            (input, token) => _source.WriteAsync(input, progress.AddBytes, token),
            cancellationToken).ConfigureAwait(false);
        if (_source.Record is { } record && !_plan.Options.Load.IsPartial) await ProveAsync(record, progress, acceptsContent, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What there is to exchange; to be asked for when it is loaded and nobody writes to the old one any more.</summary>
    internal async Task<ServedExchangeItem> ItemAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        var item = Announce(_plan, _name);
        var there = await _maintenance.IdentitiesAsync(cancellationToken).ConfigureAwait(false);
        long? old = there.TryGetValue(item.Database, out var present) ? present : null;
        if (old is not null && _plan.Options.As is not null)
            throw new HoldfastException(FailureKind.Busy, $"there is a database {Quoted.Text(item.Database)} by now", "choose another name");
        if (!there.TryGetValue(_name, out var added))
            throw new HoldfastException(FailureKind.NotFound, $"what was restored beside {_plan.Target.Display} is not there any more: {_name}", "see who else works on that server, and restore again");
        if (old is not null) await new DatabaseProperties(_maintenance).CopyAsync(item.Database, _name, cancellationToken).ConfigureAwait(false);
        return item with
        {
            Old = old,
            New = added,
            Kept = old is null ? null : await _maintenance.FreeNameAsync(item.Database, "before_restore", clock.GetUtcNow(), cancellationToken).ConfigureAwait(false),
            NewMark = await DatabaseMark.OfAsync(Server, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Drops it if it has not got another name.</summary>
    internal async Task DiscardAsync()
    {
        try
        {
            await _maintenance.DropAsync(_name, CancellationToken.None).ConfigureAwait(false);
        }
        catch (HoldfastException)
        {
            // The server is gone: what it has left is dropped by the next restore, and the first failure is the one to tell.
        }
    }

    public ValueTask DisposeAsync() => _maintenance.DisposeAsync();

    private async Task ProveAsync(DatabaseRecord record, OperationProgress progress, bool acceptsContent, CancellationToken cancellationToken)
    {
        progress.Begin($"checking the database {PrintableName.Escape(record.Name)}");
        var checks = await PostgresDatabaseChecks.OpenAsync(Server, cancellationToken).ConfigureAwait(false);
        await using (checks.ConfigureAwait(false))
        {
            var questions = new PostgresQuestions(checks, record);
            var wrong = acceptsContent
                ? [.. await questions.RowCountsAsync(cancellationToken).ConfigureAwait(false), .. await questions.InvalidIndexesAsync(cancellationToken).ConfigureAwait(false)]
                : await questions.AllAsync(cancellationToken).ConfigureAwait(false);
            if (wrong.Count > 0)
                throw new HoldfastException(FailureKind.Damaged, $"the restored database is not what was saved: {string.Join("; ", wrong)}", "nothing was replaced; use another snapshot");
        }
    }
}
