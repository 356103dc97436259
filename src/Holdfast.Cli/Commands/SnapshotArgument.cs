using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands;

/// <summary>The snapshot that an argument means.</summary>
internal static class SnapshotArgument
{
    /// <summary>Finds it. Where a manifest names the repository, `latest` is the latest of its application, not of whatever else is stored there.</summary>
    /// <exception cref="HoldfastException">As <see cref="SnapshotSelection.Resolve(SnapshotListing, string, SnapshotFilter)"/>.</exception>
    internal static async Task<StoredSnapshot> ResolveAsync(Session session, Repository repository, string argument, CancellationToken cancellationToken)
    {
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        if (argument != SnapshotSelection.Latest || ApplicationOf(session) is not { } application)
            return WarnOfFuture(session, SnapshotSelection.Resolve(listing, argument, SnapshotFilter.All));
        try
        {
            return WarnOfFuture(session, SnapshotSelection.Resolve(listing, argument, new SnapshotFilter { TagSets = [[ApplicationTag.Of(application)]] }));
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.NotFound && listing.Readable.Count > 0)
        {
            throw new HoldfastException(
                FailureKind.NotFound, $"the repository has no snapshot of the application {application}", "name one by its ID: `holdfast list` shows all that there are", error);
        }
    }

    /// <summary>A clock that was wrong once leaves a snapshot that stays the latest until its time has come.</summary>
    private static StoredSnapshot WarnOfFuture(Session session, StoredSnapshot stored)
    {
        var time = stored.Snapshot.Time.ToDateTimeOffset();
        if (time > session.Clock.GetUtcNow().AddDays(1))
        {
            session.Screen.Warning(
                $"snapshot {stored.Id.Short} is of the future ({HumanFormat.Time(time, session.Clock.LocalTimeZone)}): a clock was wrong when it was made, and newer ones may exist");
        }

        return stored;
    }

    private static string? ApplicationOf(Session session)
    {
        if (session.Manifest?.Application is not { } application) return null;
        var path = session.RepositoryPath();
        return application.Repositories.Any(repository => FilePath.From(repository.Path) == path) ? application.Application : null;
    }
}
