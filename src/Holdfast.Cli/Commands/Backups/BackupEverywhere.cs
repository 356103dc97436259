using Holdfast.Cli.Commands.Repositories;
using Holdfast.Cli.Output;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Copying;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Format;

namespace Holdfast.Cli.Commands.Backups;

/// <summary>A backup into every repository of the manifest: the application is read once, into the first that works, and the others are given copies.</summary>
internal sealed class BackupEverywhere(Session session, Destinations destinations, BackupOptions options)
{
    private readonly OperationProgress _progress = new();

    /// <param name="backUp">Makes the backup in one repository; done again in the next where that one is locked, full or gone.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task<FinishedBackup> ExecuteAsync(Func<Session, Repository, Task<FinishedBackup>> backUp, CancellationToken cancellationToken)
    {
        if (!destinations.AreSeveral) return await destinations.Set.OnFirstAsync((first, repository) => backUp(destinations[first], repository));
        var catchUp = Prepare();
        var (primary, before, finished) = await destinations.Set.OnFirstAsync(async (first, repository) =>
        {
            // First of all, so that nothing is ever older than what is missing: only then is it known what a repository has missed.
            var given = await session.ShowingAsync(_progress, catchUp.GiveAsync(first, cancellationToken));
            CopyReport.Print(session.Screen, given, destinations.Set);
            if (first != destinations.Set.All[0]) session.Screen.Notice($"this backup goes to the repository {first.Name}, the first that can be used");
            return (first, given, await backUp(destinations[first], repository));
        });
        var others = destinations.Set.All.Where(one => one != primary).ToList();
        catchUp.Owe(others, Id.Parse(finished.Document.SnapshotId));
        var title = $"copy snapshot {finished.Document.SnapshotId[..8]} to {string.Join(", ", others.Select(other => other.Name))}";
        var copied = await session.ShowingAsync(_progress, catchUp.ExecuteAsync(others, title, cancellationToken));
        foreach (var result in copied) CopyReport.Print(session.Screen, result, destinations.Set);
        var isComplete = copied.Append(before).All(result => result.IsComplete);
        return new FinishedBackup(
            finished.Document with { Repositories = [.. destinations.Set.All.Select(one => Document(one, finished.Document, primary, before, copied))] },
            finished.ExitCode == ExitCode.Done && !isComplete ? ExitCode.DoneInPart : finished.ExitCode);
    }

    private CatchUp Prepare()
    {
        var host = session.Identity.HostName;
        var wanted = options.Application is { } application
            ? MissedSnapshots.SubjectOf(application, host)
            : MissedSnapshots.SubjectOf([.. options.Targets.Select(target => target.ToString())], host);
        var copying = new CopyJobOptions { Scope = session.Scope(TimeSpan.Zero), Identity = session.Identity, Wait = options.LockWait, Notice = session.Screen.Warning };
        return new CatchUp(destinations.Set, wanted, copying, session.Clock, _progress);
    }

    private static BackupRepositoryDocument Document(
        Destination one, BackupDocument backup, Destination primary, DestinationResult before, IReadOnlyList<DestinationResult> copied)
    {
        var result = one == primary ? before : copied.First(other => other.Destination == one);
        var snapshot = one == primary ? backup.SnapshotId : result.Copied.LastOrDefault(copy => copy.Source.Id.ToString() == backup.SnapshotId)?.Id.ToString();
        return new BackupRepositoryDocument(
            one.Name,
            one.Address.Display,
            one == primary,
            snapshot,
            [.. result.Copied.Select(copy => copy.Id.ToString()).Where(id => id != snapshot)],
            result.Added.StoredBytes,
            [.. result.Problems]);
    }
}
