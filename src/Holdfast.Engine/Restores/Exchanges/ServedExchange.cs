using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// Gives the databases that a restore has staged in servers their names, with the old ones kept until the end. What it does is told by the items and the
/// servers alone, so that another process can finish or undo it.
/// </summary>
/// <param name="items">Which.</param>
/// <param name="clock">For names and waiting.</param>
/// <param name="log">Told what was noticed.</param>
internal sealed class ServedExchange(IReadOnlyList<ServedExchangeItem> items, TimeProvider clock, RestoreLog log)
{
    private readonly Dictionary<ServedExchangeItem, PostgresServer> _servers = [];

    /// <summary>Those who are connected to what is replaced may be ended; else they are a reason to refuse.</summary>
    internal bool EndsSessions { get; init; }

    /// <summary>Exchanges what is not exchanged yet. When it fails, what was exchanged is to be put back.</summary>
    internal async Task ForwardAsync()
    {
        // Passwords may come from files that the restore replaces: they are read before.
        foreach (var item in items) await ServerAsync(item).ConfigureAwait(false);
        foreach (var item in items) await WithAsync(item, kept => kept.ReplaceAsync(EndsSessions)).ConfigureAwait(false);
    }

    /// <summary>Puts back everything that was exchanged, by this process or by one before it. Done again, it changes nothing.</summary>
    /// <returns>What of someone else's was set aside for that, as parts of a sentence.</returns>
    /// <exception cref="HoldfastException">Something could not be put back.</exception>
    internal async Task<IReadOnlyList<string>> PutBackAsync()
    {
        var (failed, remarks) = (new List<string>(), new List<string>());
        foreach (var item in items.Reverse())
        {
            try
            {
                await WithAsync(item, async kept => Add(remarks, await kept.PutBackAsync().ConfigureAwait(false))).ConfigureAwait(false);
            }
            catch (HoldfastException error)
            {
                failed.Add($"the database {PrintableName.Escape(item.Name)}: {error.Message}");
            }
        }

        if (failed.Count == 0) return remarks;
        throw new HoldfastException(
            FailureKind.Failed,
            string.Join("; ", remarks.Prepend($"not everything could be put back: {string.Join("; ", failed)}")),
            "mend that, then run `holdfast operations undo` again");
    }

    /// <exception cref="HoldfastException">Damaged: a restored database is not in its place, or does not answer.</exception>
    internal async Task VerifyAsync()
    {
        foreach (var item in items) await WithAsync(item, kept => kept.VerifyAsync()).ConfigureAwait(false);
    }

    /// <summary>Drops the old ones, but for those that somebody has written to since they were saved, and those that are to stay: those are told of.</summary>
    internal async Task DropAsync()
    {
        foreach (var item in items)
        {
            var isDropped = false;
            await WithAsync(item, async kept => isDropped = await kept.DropAsync().ConfigureAwait(false)).ConfigureAwait(false);
            if (!isDropped)
                log.Notice($"somebody has written to the database {PrintableName.Escape(item.Database)} after the safety snapshot was made; what was written is in {item.Kept} alone, which stays");
            else if (item is { KeepsOld: true, Old: not null })
                log.Notice($"what the database {PrintableName.Escape(item.Database)} was before is kept as {item.Kept}; `dropdb {item.Kept}` removes it");
        }
    }

    /// <summary>One of the new ones is nowhere any more: there is no way forward.</summary>
    internal async Task<bool> IsLostAsync()
    {
        var isLost = false;
        foreach (var item in items) await WithAsync(item, async kept => isLost |= await kept.IsLostAsync().ConfigureAwait(false)).ConfigureAwait(false);
        return isLost;
    }

    /// <exception cref="HoldfastException">Busy: somebody uses what would be taken away.</exception>
    internal async Task RefuseUsersAsync()
    {
        foreach (var item in items)
        {
            IReadOnlyList<PostgresSession> users = [];
            await WithAsync(item, async kept => users = await kept.UsersAsync().ConfigureAwait(false)).ConfigureAwait(false);
            if (users.Count == 0) continue;
            throw new HoldfastException(
                FailureKind.Busy,
                $"the restored database {PrintableName.Escape(item.Database)} is in use: {string.Join("; ", users.Take(5).Select(user => user.Words))}",
                "stop who uses it, then try again");
        }
    }

    /// <summary>Drops what was staged and has not got its name. What cannot be dropped is told of: the next restore into that server does it.</summary>
    internal async Task DiscardAsync()
    {
        foreach (var item in items)
        {
            try
            {
                await WithAsync(item, kept => kept.DiscardAsync()).ConfigureAwait(false);
            }
            catch (HoldfastException error)
            {
                log.Notice($"the unfinished database {item.Staged} stays until the next restore into its server: {error.Message}");
            }
        }
    }

    private void Add(List<string> remarks, KeptOutcome outcome)
    {
        // Nothing can be done again about what is gone: it is told, and the rest comes to its end.
        if (outcome.IsLost) log.Problem(outcome.Sentence!);
        if (outcome.Sentence is { } sentence) remarks.Add(sentence);
    }

    private async Task WithAsync(ServedExchangeItem item, Func<KeptServedDatabase, Task> act)
    {
        var server = await ServerAsync(item).ConfigureAwait(false);
        var maintenance = await PostgresMaintenance.OpenAsync(server.With(item.Database), CancellationToken.None).ConfigureAwait(false);
        await using (maintenance.ConfigureAwait(false)) await act(new KeptServedDatabase(item, maintenance, clock)).ConfigureAwait(false);
    }

    private async Task<PostgresServer> ServerAsync(ServedExchangeItem item) => _servers.TryGetValue(item, out var known)
        ? known
        : _servers[item] = await PostgresServer.ResolveAsync(item.Server.ToAddress(), clock, CancellationToken.None).ConfigureAwait(false);
}
