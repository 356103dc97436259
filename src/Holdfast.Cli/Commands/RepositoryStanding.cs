using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Copying;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Findings;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands;

/// <summary>How one of several repositories stands: what it has of the application, and what it has missed.</summary>
internal sealed class RepositoryStanding
{
    private readonly Destination _destination;
    private readonly string? _application;
    private readonly TimeProvider _clock;
    private readonly DestinationFailure? _failure;
    private readonly StoredSnapshot? _newest;
    private readonly int _behind;

    private RepositoryStanding(Destination destination, RepositoryContents? contents, IReadOnlyList<RepositoryContents> all, DestinationFailure? failure, Session session)
    {
        (_destination, Contents, _failure, _clock) = (destination, contents, failure, session.Clock);
        _application = session.Manifest?.Application.Application;
        if (contents is null || _application is null) return;
        var wanted = MissedSnapshots.SubjectOf(_application, session.Identity.HostName);
        var now = Timestamp.FromDateTimeOffset(session.Clock.GetUtcNow());
        _newest = contents.Own.Where(stored => wanted(stored.Snapshot) && stored.Snapshot.Time <= now).MaxBy(stored => (stored.Snapshot.Time, stored.Id));
        var known = new MissedRecords(session.StateFolder, session.Screen.Notice).Of(destination.Address.Place);
        _behind = new MissedSnapshots(wanted, now).Of(contents.Own, all.Where(other => other != contents).Select(other => (other, other.Own)), known, contents.Forgotten).Count;
    }

    /// <summary>Null for one that cannot be looked at.</summary>
    internal RepositoryContents? Contents { get; }

    internal StoredSnapshot? LastProven => Contents?.Proofs.LastProven(Contents.Own, _application);

    /// <summary>Of all the repositories of the manifest, in its order.</summary>
    internal static async Task<IReadOnlyList<RepositoryStanding>> ReadAsync(Session session, Destinations destinations, CancellationToken cancellationToken)
    {
        await destinations.Set.OpenAsync(cancellationToken);
        var read = await destinations.Set.OnEachAsync((one, repository) => RepositoryContents.ReadAsync(destinations[one], repository, cancellationToken));
        IReadOnlyList<RepositoryContents> all = [.. read.Select(one => one.Result)];
        return [.. destinations.Set.All.Select(one => new RepositoryStanding(
            one, read.FirstOrDefault(other => other.Destination == one).Result, all, destinations.Set.FailureOf(one), session))];
    }

    internal Finding Finding()
    {
        if (_failure is { } failure)
            return new Finding(FindingSeverity.Warning, $"the repository {_destination.Name} cannot be looked at: {failure.Error.Message}", failure.Error.Hint ?? "the next backup that reaches it makes up for what it misses");
        var newest = _newest is null ? "it has no restore point" : $"its newest is {Describe(_newest)}";
        var proven = LastProven is { } last ? last.Id == _newest?.Id ? ", proven there" : $", the last proven there {Describe(last)}" : ", none is proven there";
        return _behind == 0
            ? new Finding(FindingSeverity.Ok, $"the repository {_destination.Name} has all: {newest}{proven}", null)
            : new Finding(
                FindingSeverity.Warning,
                $"the repository {_destination.Name} is behind by {HumanFormat.Count(_behind, "restore point", "restore points")}: {newest}{proven}",
                "the next `holdfast backup` copies them, and so does `holdfast copy`");
    }

    internal StatusRepositoryDocument Document() => new(
        _destination.Name,
        _destination.Address.Display,
        _newest?.Id.ToString(),
        _newest?.Snapshot.Time.ToString(),
        LastProven?.Id.ToString(),
        LastProven?.Snapshot.Time.ToString(),
        Contents is null ? null : _behind,
        _failure?.Error.Message);

    private string Describe(StoredSnapshot stored) => $"{stored.Id.Short} of {HumanFormat.Time(stored.Snapshot.Time.ToDateTimeOffset(), _clock.LocalTimeZone)}";
}

/// <summary>What a repository has of the application here, and what it is not to get again.</summary>
internal sealed record RepositoryContents(Session At, IReadOnlyList<StoredSnapshot> Own, ProofBook Proofs, IReadOnlySet<Id> Forgotten)
{
    internal static async Task<RepositoryContents> ReadAsync(Session at, Repository repository, CancellationToken cancellationToken)
    {
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        return new RepositoryContents(
            at,
            await Origins.OwnAsync(at, repository, listing.Readable, cancellationToken),
            Drills.Proofs.Load(at, repository),
            ForgottenSnapshots.OriginsOf(at.StateFolder, repository.Config.Id, at.Screen.Notice));
    }
}
