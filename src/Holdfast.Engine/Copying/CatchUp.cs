using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Copying;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Copying;

/// <summary>
/// Gives repositories what they have missed and others have. The application is not read: a copy is made of what is stored. One that cannot be
/// written to is told, and does not stop the others.
/// </summary>
/// <param name="destinations">Opened.</param>
/// <param name="isWanted">The snapshots that it is about; see <see cref="MissedSnapshots"/>.</param>
/// <param name="options">How.</param>
/// <param name="clock">For the time.</param>
/// <param name="progress">Shows the steps.</param>
public sealed class CatchUp(DestinationSet destinations, Func<Snapshot, bool> isWanted, CopyJobOptions options, TimeProvider clock, OperationProgress progress)
{
    private readonly MissedRecords _records = new(options.Scope.StateFolder, options.Notice);

    /// <summary>Remembers that some are to get a snapshot, until they have it.</summary>
    /// <param name="snapshot">In the repository that it was made in.</param>
    public void Owe(IEnumerable<Destination> targets, Id snapshot)
    {
        foreach (var target in targets) _records.Remember(target.Address.Place, snapshot);
    }

    /// <summary>Gives each of some what the others have, entered into the journal.</summary>
    /// <param name="targets">One after the other.</param>
    /// <param name="title">For the journal.</param>
    /// <param name="cancellationToken">Ends it; what was copied stays, and the next run goes on.</param>
    /// <returns>In the order of the targets. Those that were given up before are among them.</returns>
    public Task<IReadOnlyList<DestinationResult>> ExecuteAsync(IReadOnlyList<Destination> targets, string title, CancellationToken cancellationToken) =>
        options.Scope.RunInAnyCaseAsync(
            new OperationOrder(OperationKind.Copy, title, Json: null),
            async token =>
            {
                var results = new List<DestinationResult>();
                foreach (var target in targets) results.Add(await GiveAsync(target, token).ConfigureAwait(false));
                return (IReadOnlyList<DestinationResult>)results;
            },
            results => new OperationOutcome(results.All(result => result.IsComplete) ? OperationState.Done : OperationState.DoneInPart)
            {
                Json = DestinationResult.Serialize(results),
                Error = results.SelectMany(result => result.Problems).ToList() is { Count: > 0 } problems ? string.Join("; ", problems) : null,
                Hint = results.All(result => result.IsComplete) ? null : "the next `holdfast backup` makes up for it, and so does `holdfast copy`",
            },
            progress,
            clock,
            cancellationToken);

    /// <summary>Gives one what the others have. What is wrong with it is in the result.</summary>
    public async Task<DestinationResult> GiveAsync(Destination target, CancellationToken cancellationToken)
    {
        if (destinations.FailureOf(target) is { } failure) return new DestinationResult(target) { Failure = failure };
        var result = new DestinationResult(target);
        try
        {
            foreach (var (source, ids) in await MissedByAsync(target, cancellationToken).ConfigureAwait(false))
            {
                var copy = new LockedCopy(destinations[source], destinations[target], options, clock, progress);
                var (_, copied) = await copy.ExecuteAsync(listing => Chosen(listing, ids), cancellationToken).ConfigureAwait(false);
                _records.Forget(target.Address.Place, [.. copied.Copied.Select(copy => MissedSnapshots.OriginOf(copy.Source))]);
                result = With(result, copied);
            }

            return result;
        }
        catch (HoldfastException error) when (error.Kind is not (FailureKind.Interrupted or FailureKind.OutputClosed))
        {
            // Not given up with that: which of the two is to blame is not known.
            return result with { Failure = new DestinationFailure(target, error) };
        }
    }

    /// <summary>In the order of time: runs of snapshots that one source has.</summary>
    private async Task<IReadOnlyList<(Destination Source, IReadOnlySet<Id> Ids)>> MissedByAsync(Destination target, CancellationToken cancellationToken)
    {
        progress.Begin($"comparing {target.Name} with the others");
        var there = (await SnapshotFiles.LoadAllAsync(destinations[target], cancellationToken).ConfigureAwait(false)).Readable;
        var sources = new List<(Destination, IReadOnlyList<StoredSnapshot>)>();
        foreach (var source in destinations.Usable.Where(other => other != target)) sources.Add((source, await ListSourceAsync(source, cancellationToken).ConfigureAwait(false)));
        var known = _records.Of(target.Address.Place);
        var forgotten = ForgottenSnapshots.OriginsOf(options.Scope.StateFolder, destinations[target].Config.Id, options.Notice);
        var missed = new MissedSnapshots(isWanted, Timestamp.FromDateTimeOffset(clock.GetUtcNow())).Of(there, sources, known, forgotten);
        // What nobody has any more cannot be made up for.
        if (destinations.Usable.Count == destinations.All.Count) _records.Forget(target.Address.Place, [.. known.Except(missed.Select(one => MissedSnapshots.OriginOf(one.Snapshot)))]);
        var runs = new List<(Destination Source, HashSet<Id> Ids)>();
        foreach (var (snapshot, source) in missed)
        {
            if (runs.Count == 0 || runs[^1].Source != source) runs.Add((source, []));
            runs[^1].Ids.Add(snapshot.Id);
        }

        return [.. runs.Select(run => (run.Source, (IReadOnlySet<Id>)run.Ids))];
    }

    private async Task<IReadOnlyList<StoredSnapshot>> ListSourceAsync(Destination source, CancellationToken cancellationToken)
    {
        try
        {
            return (await SnapshotFiles.LoadAllAsync(destinations[source], cancellationToken).ConfigureAwait(false)).Readable;
        }
        catch (HoldfastException error) when (error.Kind is not (FailureKind.Interrupted or FailureKind.OutputClosed))
        {
            destinations.Fail(source, error);
            return [];
        }
    }

    private static IReadOnlyList<StoredSnapshot> Chosen(SnapshotListing listing, IReadOnlySet<Id> ids) =>
        [.. listing.Readable.Where(stored => ids.Contains(stored.Id)).OrderBy(stored => stored.Snapshot.Time).ThenBy(stored => stored.Id)];

    private static DestinationResult With(DestinationResult result, CopyResult copied) => result with
    {
        Copied = [.. result.Copied, .. copied.Copied],
        Lost = [.. result.Lost, .. copied.Failed],
        Added = new AddedBlobs(
            result.Added.DataBlobs + copied.Added.DataBlobs,
            result.Added.TreeBlobs + copied.Added.TreeBlobs,
            result.Added.Bytes + copied.Added.Bytes,
            result.Added.StoredBytes + copied.Added.StoredBytes),
    };
}
