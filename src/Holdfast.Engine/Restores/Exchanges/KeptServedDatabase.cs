using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// A database of a server that takes the place of another, or goes away, with the old one kept until the end. Each step is one transaction of the server and
/// can be done again after a kill: what is there is told by the numbers that the server gives to databases.
/// </summary>
/// <param name="item">Which.</param>
/// <param name="maintenance">A connection to its server.</param>
/// <param name="clock">For names and waiting.</param>
internal sealed class KeptServedDatabase(ServedExchangeItem item, PostgresMaintenance maintenance, TimeProvider clock)
{
    /// <summary>How long those that have just ended take to go, at most.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly DatabaseRenaming _renaming = new(maintenance, clock);

    private string Display => $"the database {PrintableName.Escape(item.Database)} of {maintenance.Server.ServerDisplay}";

    /// <summary>Gives the new one the name. Done again, it changes nothing.</summary>
    /// <param name="endsSessions">Those who are connected may be ended; else they are a reason to refuse.</param>
    /// <exception cref="HoldfastException">Busy: somebody is connected, or something else has the name by now. NotFound: the new one is gone.</exception>
    internal async Task ReplaceAsync(bool endsSessions)
    {
        var there = await maintenance.IdentitiesAsync(CancellationToken.None).ConfigureAwait(false);
        var present = Find(there, item.Database);
        if (item.New is null ? present is null : present == item.New) return;
        if (present != item.Old) throw Changed();
        if (item.New is not null && Find(there, item.Staged) != item.New)
            throw new HoldfastException(FailureKind.NotFound, $"what was restored beside {Display} is not there any more: {item.Staged}", "restore again");
        if (present is not null && !endsSessions) await _renaming.RequireUnusedAsync(item.Database, _patience, CancellationToken.None).ConfigureAwait(false);
        var names = new List<(string, string)>();
        if (present is not null) names.Add((item.Database, item.Kept!));
        if (item.New is not null) names.Add((item.Staged!, item.Database));
        await _renaming.RunAsync(names, endsSessions && present is not null).ConfigureAwait(false);
    }

    /// <summary>
    /// Puts the old one back, also after a kill halfway. Done again, it changes nothing. What somebody has written to the new one, or has put in its place,
    /// is kept under another name. Connections to those are ended.
    /// </summary>
    /// <returns>What the user should know.</returns>
    internal async Task<KeptOutcome> PutBackAsync()
    {
        var there = await maintenance.IdentitiesAsync(CancellationToken.None).ConfigureAwait(false);
        var present = Find(there, item.Database);
        var remarks = new List<string>();
        if (item.Old is { } old && present != old)
        {
            if (Find(there, item.Kept) != old)
                return new KeptOutcome($"what {Display} was before is gone: {item.Kept} is not there any more", IsBack: false, IsLost: true);
            var aside = present is null ? null : present == item.New ? item.Staged! : await FreeAsideAsync().ConfigureAwait(false);
            await _renaming.RunAsync([.. aside is null ? [] : new[] { (item.Database, aside) }, (item.Kept!, item.Database)], endsSessions: true).ConfigureAwait(false);
            if (present is not null && present != item.New) remarks.Add($"{Display} was replaced by something else meanwhile, which is {aside} now");
        }

        if (await TakeNewAwayAsync().ConfigureAwait(false) is { } told) remarks.Add(told);
        return new KeptOutcome(remarks.Count == 0 ? null : string.Join("; ", remarks), IsBack: true, IsRemark: remarks.Count > 0);
    }

    /// <summary>Drops the old one, unless somebody has written to it since it was saved.</summary>
    /// <returns>False when it stays for that.</returns>
    internal async Task<bool> DropAsync()
    {
        if (item.Old is null || item.KeepsOld) return true;
        var there = await maintenance.IdentitiesAsync(CancellationToken.None).ConfigureAwait(false);
        if (Find(there, item.Kept) != item.Old) return true;
        if (item.OldMark is not null && await MarkAsync(item.Kept!).ConfigureAwait(false) != item.OldMark) return false;
        await maintenance.DropAsync(item.Kept!, CancellationToken.None).ConfigureAwait(false);
        return true;
    }

    /// <summary>Makes sure that the new one is in its place and can be read there.</summary>
    /// <exception cref="HoldfastException">Damaged: it is not.</exception>
    internal async Task VerifyAsync()
    {
        if (item.New is null) return;
        var there = await maintenance.IdentitiesAsync(CancellationToken.None).ConfigureAwait(false);
        if (Find(there, item.Database) != item.New) throw new HoldfastException(FailureKind.Damaged, $"{Display} is not the one that was restored", "see who else works on that server");
        await MarkAsync(item.Database).ConfigureAwait(false);
    }

    /// <summary>The new one is nowhere any more: there is no way forward.</summary>
    internal async Task<bool> IsLostAsync() =>
        item.New is { } wanted && !(await maintenance.IdentitiesAsync(CancellationToken.None).ConfigureAwait(false)).Values.Contains(wanted);

    /// <summary>Those who are connected to the new one.</summary>
    internal async Task<IReadOnlyList<PostgresSession>> UsersAsync()
    {
        var there = await maintenance.IdentitiesAsync(CancellationToken.None).ConfigureAwait(false);
        return item.New is { } wanted && Find(there, item.Database) == wanted
            ? await maintenance.SessionsAsync(item.Database, CancellationToken.None).ConfigureAwait(false)
            : [];
    }

    /// <summary>Drops what was staged and has not got the name.</summary>
    internal Task DiscardAsync() => item.Staged is { } staged ? maintenance.DropAsync(staged, CancellationToken.None) : Task.CompletedTask;

    // It has the name where there was no old one, else that which it had before.
    private async Task<string?> TakeNewAwayAsync()
    {
        if (item.New is not { } added) return null;
        var there = await maintenance.IdentitiesAsync(CancellationToken.None).ConfigureAwait(false);
        if (new[] { item.Staged, item.Database }.FirstOrDefault(name => Find(there, name) == added) is not { } name) return null;
        await _renaming.EndSessionsAsync(name, _patience, CancellationToken.None).ConfigureAwait(false);
        if (item.NewMark is { } mark && await MarkAsync(name).ConfigureAwait(false) == mark)
        {
            await maintenance.DropAsync(name, CancellationToken.None).ConfigureAwait(false);
            return null;
        }

        var aside = await FreeAsideAsync().ConfigureAwait(false);
        await _renaming.RunAsync([(name, aside)], endsSessions: true).ConfigureAwait(false);
        return $"somebody has written to what {Display} was restored to, which is {aside} now";
    }

    private Task<string> FreeAsideAsync() => maintenance.FreeNameAsync(item.Database, "replaced", clock.GetUtcNow(), CancellationToken.None);

    private Task<string?> MarkAsync(string database) => DatabaseMark.OfAsync(maintenance.Server.With(database), CancellationToken.None);

    private static long? Find(IReadOnlyDictionary<string, long> there, string? name) =>
        name is not null && there.TryGetValue(name, out var identity) ? identity : null;

    private HoldfastException Changed() => new(
        FailureKind.Busy,
        $"{Display} was replaced by something else meanwhile{(item.Old is not null ? $"; what was there before is {item.Kept}" : string.Empty)}",
        "see who else works on that server, and look at both");
}
