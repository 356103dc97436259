using System.Globalization;
using System.Text;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Databases.Postgres.Clusters;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Contents;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Engine.Restores.Targets;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores.Clusters;

/// <summary>
/// Restores a cluster beside its target, and each tablespace beside its folder; has pg_verifybackup look at all of it, and only then gives it its
/// names. What a killed restore leaves is removed by the next one; what was at the target is renamed, never touched.
/// </summary>
internal sealed class ClusterPlacement(Repository repository, BlobReader reader, ClusterRestorePlan plan, PostgresTools tools, TimeProvider clock, OperationProgress progress)
    : IDisposable
{
    private const string Tablespaces = "pg_tblspc";

    private readonly List<ScratchDirectory> _scratch = [];
    private readonly List<string> _notices = [];
    private long _files;
    private long _bytes;

    internal async Task<ClusterRestoreResult> ExecuteAsync(ClusterAccount account, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var contents = await new SnapshotContentsReader(reader, plan.Options.Snapshot, [plan.Source], []).ReadAsync(cancellationToken).ConfigureAwait(false);
        var items = contents.Items.Where(item => item.Source == plan.Source || item.Source.IsUnder(plan.Source)).ToList();
        var folder = Beside(plan.Options.Target);
        var options = new ScratchClusterOptions
        {
            Major = plan.Record.Postgres!.Major,
            Tools = tools,
            Account = account,
            Folder = folder.Path,
            Log = folder.Path.Combine("log"),
        };
        var spaces = plan.Tablespaces.ToDictionary(space => space, space => plan.Source.Combine(Tablespaces).Combine(space.Id.ToString(CultureInfo.InvariantCulture)));
        progress.Begin("restoring the cluster", items.Sum(item => item.Bytes));
        await RestoreAsync(items.Where(item => !spaces.Values.Any(space => item.Source == space || item.Source.IsUnder(space))), plan.Source, options.DataDirectory, cancellationToken).ConfigureAwait(false);
        var staged = new List<(ClusterRestoreTablespace Space, FilePath Link, FilePath Folder)>();
        foreach (var (space, source) in spaces)
        {
            var place = Beside(space.To);
            await RestoreAsync(items.Where(item => item.Source == source || item.Source.IsUnder(source)), source, place.Path.Combine("data"), cancellationToken).ConfigureAwait(false);
            account.TakeTree(place.Path);
            staged.Add((space, options.DataDirectory.Combine(Tablespaces).Combine(source.Name.Span), place.Path.Combine("data")));
        }

        foreach (var (_, link, to) in staged) Link(link, to);
        await VerifyAsync(options, cancellationToken).ConfigureAwait(false);
        LeaveSignals(options.DataDirectory);
        if (plan.Options.Check) await CheckAsync(options, cancellationToken).ConfigureAwait(false);
        foreach (var (space, link, from) in staged) Place(space, link, from, account);
        DirectorySync.SyncFileSystem(options.DataDirectory);
        var kept = Place(options.DataDirectory);
        return new ClusterRestoreResult { Name = plan.Record.Name, Kept = kept, Files = _files, Bytes = _bytes, Duration = clock.GetElapsedTime(started), Notices = _notices };
    }

    public void Dispose()
    {
        foreach (var folder in _scratch) folder.Dispose();
    }

    private ScratchDirectory Beside(FilePath target)
    {
        ScratchDirectory.RemoveLeftovers(target.Parent!);
        var folder = ScratchDirectory.Create(target.Parent!);
        _scratch.Add(folder);
        return folder;
    }

    private async Task RestoreAsync(IEnumerable<RestoreItem> items, FilePath source, FilePath target, CancellationToken cancellationToken)
    {
        var moved = items.Select(item => item with { Destination = Moved(item.Source, source, target) }).ToList();
        var part = new RestorePlan
        {
            Target = target,
            Items = moved,
            Record = null,
            Conflicts = [],
            Users = [],
            Space = [SpaceDemand.At(target.Parent!, moved.Sum(item => item.Bytes))],
            Problems = [],
            Notices = [],
        };
        var options = new RestoreOptions { Snapshot = plan.Options.Snapshot, Target = target, Identity = plan.Options.Identity, Workers = plan.Options.Workers };
        var result = await new RestoreExecution(repository, reader, options, clock, progress).ExecuteAsync(part, cancellationToken).ConfigureAwait(false);
        if (result.Problems.Count > 0)
            throw new HoldfastException(FailureKind.Damaged, $"nothing was restored, because not all of it can be: {string.Join("; ", result.Problems.Take(3))}", "use another snapshot, or run `holdfast check`");
        (_files, _bytes) = (_files + result.Files, _bytes + result.Bytes);
    }

    private async Task VerifyAsync(ScratchClusterOptions options, CancellationToken cancellationToken)
    {
        progress.Begin("verifying the files of the cluster");
        var wrong = await RestoredDataDirectory.VerifyAsync(options, clock, cancellationToken).ConfigureAwait(false);
        if (wrong.Count > 0) throw new HoldfastException(FailureKind.Damaged, $"nothing was restored, because pg_verifybackup does not accept it: {string.Join("; ", wrong.Take(3))}", "use another snapshot");
    }

    private async Task CheckAsync(ScratchClusterOptions options, CancellationToken cancellationToken)
    {
        var wrong = await new ClusterCheck(options, clock, progress).RunAsync(plan.Record, cancellationToken).ConfigureAwait(false);
        if (wrong.Count > 0) throw new HoldfastException(FailureKind.Failed, $"nothing was restored, because the cluster does not hold what it should: {string.Join("; ", wrong.Take(3))}", "use another snapshot, or leave out --check");
    }

    // Until now the link has led to where the files were verified.
    private static void Place(ClusterRestoreTablespace space, FilePath link, FilePath from, ClusterAccount account)
    {
        if (!ClusterObstacles.IsFree(space.To)) throw new HoldfastException(FailureKind.Busy, $"something came into \"{space.To.Display}\" meanwhile");
        // An empty folder is replaced by that.
        FileSystem.Rename(from, space.To);
        DirectorySync.SyncParentOf(space.To);
        _ = FileSystem.Remove(link);
        Link(link, space.To);
        account.Take(link);
    }

    private FilePath? Place(FilePath directory)
    {
        var target = plan.Options.Target;
        FilePath? kept = null;
        if (!ClusterObstacles.IsFree(target))
        {
            kept = KeptName.FreeFor(target, KeptName.TimeOf(clock.GetLocalNow()));
            FileExchange.MoveWithoutReplacing(target, kept);
        }

        try
        {
            FileSystem.Rename(directory, target);
        }
        catch when (kept is not null)
        {
            FileExchange.MoveWithoutReplacing(kept, target);
            throw;
        }

        DirectorySync.SyncParentOf(target);
        return kept;
    }

    // A copy of a standby would follow the server that the original one followed, beside it.
    private void LeaveSignals(FilePath directory)
    {
        foreach (var name in RestoredDataDirectory.Signals)
        {
            if (FileSystem.Remove(directory.Combine(name))) _notices.Add($"{name} was left out: the server will be a primary of its own, and no standby");
        }

        if (!FileSystem.Exists(directory.Combine("postgresql.conf")))
            _notices.Add("postgresql.conf was not in the data directory, as on Debian, where it is in /etc/postgresql: restore or write it before you start the server");
    }

    private static FilePath Moved(FilePath path, FilePath from, FilePath to) => path.Components.Skip(from.Components.Count).Aggregate(to, (folder, name) => folder.Combine(name.Span));

    private static void Link(FilePath link, FilePath to) => NodeWriter.Create(link, new Node { Name = link.Name, Type = NodeType.Symlink, LinkTarget = Encoding.UTF8.GetBytes(to.ToString()) });
}
