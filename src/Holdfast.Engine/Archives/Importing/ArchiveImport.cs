using System.Runtime.ExceptionServices;
using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Archives.Importing;

/// <summary>
/// Makes a snapshot of an archive, so that everything that works on snapshots works on it: show, drill, restore. The archive is verified to
/// its last byte before the repository is touched. The same archive imported again gives the snapshot that is there.
/// </summary>
public sealed class ArchiveImport(TimeProvider clock, OperationProgress progress)
{
    private readonly List<string> _notices = [];

    /// <summary>What the user should know though nothing is wrong.</summary>
    public IReadOnlyList<string> Notices => _notices;

    /// <summary>What the archive lacks or had wrong when it was made.</summary>
    public IReadOnlyList<string> Problems { get; private set; } = [];

    /// <exception cref="Restic.Failures.HoldfastException">
    /// Damaged: the archive is refused. WrongKey. Usage: no passphrase, another application, no such database. Locked. NoSpace.
    /// </exception>
    public async Task<StoredSnapshot> ExecuteAsync(Repository repository, ArchiveImportOptions options, CancellationToken cancellationToken)
    {
        var verification = new ArchiveVerificationOptions
        {
            File = options.File,
            Passphrase = options.Passphrase,
            TrustLinks = options.TrustLinks,
            ScratchCandidates = options.ScratchCandidates,
        };
        var archive = await new ArchiveVerification(verification, progress).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        await using (archive.ConfigureAwait(false))
        {
            _notices.AddRange(archive.Notices);
            Problems = archive.Problems;
            var plan = ImportPlan.Of(archive, options);
            new ImportTrust(plan, options).Require(archive);
            if (plan.Moved is { } moved) _notices.Add(moved);
            progress.Begin("saving into the repository", archive.Unpacked.Sum(file => file.Entry.Size) + archive.Databases.Where(database => database.Name is null).Sum(database => database.Bytes));
            var locked = new LockedWork(repository, exclusive: false, options.Identity, clock, _notices.Add);
            return await locked.BeginAsync((held, token) => SaveAsync(repository, archive, plan, options, held, token), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<StoredSnapshot> SaveAsync(
        Repository repository, VerifiedArchive archive, ImportPlan plan, ArchiveImportOptions options, RepositoryLock held, CancellationToken cancellationToken)
    {
        // Snapshots before the index, as everywhere (section 9.5).
        var snapshots = await SnapshotFiles.LoadAllAsync(repository, cancellationToken).ConfigureAwait(false);
        var index = await repository.LoadIndexAsync(cancellationToken).ConfigureAwait(false);
        var writer = new BlobWriter(repository, index, clock, held.ConfirmAsync(cancellationToken), held.RequireHeldAsync);
        await using (writer.ConfigureAwait(false))
        {
            var tree = await SaveTreeAsync(repository, writer, archive, plan, options, cancellationToken).ConfigureAwait(false);
            if (writer.Failure is { } failure) ExceptionDispatchInfo.Throw(failure);
            if (snapshots.Readable.FirstOrDefault(stored => stored.Snapshot.Tree == tree && stored.Snapshot.Time.CompareTo(plan.Time) == 0) is { } present)
            {
                _notices.Add($"the archive is in the repository already, as snapshot {present.Id.Short}");
                return present;
            }

            progress.Begin("finishing");
            await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
            await held.RequireHeldAsync(cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            var snapshot = Describe(archive, plan, options, tree, writer.Added);
            var id = await repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(snapshot), cancellationToken).ConfigureAwait(false);
            return new StoredSnapshot(id, snapshot);
        }
    }

    private async Task<Id> SaveTreeAsync(
        Repository repository, BlobWriter writer, VerifiedArchive archive, ImportPlan plan, ArchiveImportOptions options, CancellationToken cancellationToken)
    {
        using var content = new ImportedContent(writer, repository.Config.ChunkerPolynomial, progress, options.Workers);
        var tree = new ImportedTree(writer, plan.Time, options.Identity);
        var databases = archive.Databases.Where(database => database.Path is not null).DistinctBy(database => database.Path)
            .ToDictionary(database => database.Path!, StringComparer.Ordinal);
        var trust = new ImportTrust(plan, options);
        foreach (var file in archive.Unpacked)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = plan.Map(ArchiveListCheck.OriginalOf(file.Entry));
            IReadOnlyList<Id>? ids = file.Content is null ? null
                : file.Entry.Database is null ? await content.SaveFileAsync(file.Content, cancellationToken).ConfigureAwait(false)
                : await content.SaveDatabaseAsync(databases[file.Entry.Original], cancellationToken).ConfigureAwait(false);
            tree.Add(path, ImportedNode.Of(path, trust.Tame(file.Entry), ids));
            progress.AddItem();
        }

        if (trust.Tamed > 0)
            _notices.Add($"{HumanFormat.Count(trust.Tamed, "file is", "files are")} taken in without the setuid or setgid bit that the archive gives them (--trust-paths keeps it)");
        if (archive.Manifest is null)
        {
            var ids = await content.SaveDatabaseAsync(archive.Databases[0], cancellationToken).ConfigureAwait(false);
            tree.Add(plan.Paths[0], ImportedNode.OfDatabase(plan.Paths[0], archive.Databases[0], plan.Time, options.Identity, ids));
        }

        await tree.AddRecordAsync(plan.Record, plan.Paths, cancellationToken).ConfigureAwait(false);
        return await tree.SaveAsync(cancellationToken).ConfigureAwait(false);
    }

    private Snapshot Describe(VerifiedArchive archive, ImportPlan plan, ArchiveImportOptions options, Id tree, AddedBlobs added)
    {
        var now = Timestamp.FromDateTimeOffset(clock.GetLocalNow());
        var files = (ulong)(archive.Files + archive.Databases.Count);
        return new Snapshot
        {
            Time = plan.Time,
            Tree = tree,
            Paths = [.. plan.Paths.Select(path => path.ToString())],
            Hostname = plan.Host ?? options.Identity.HostName,
            Username = plan.User ?? options.Identity.UserName,
            Uid = options.Identity.Uid,
            Gid = options.Identity.Gid,
            Tags = plan.Tags,
            ProgramVersion = options.Program,
            Summary = new SnapshotSummary
            {
                BackupStart = plan.Time,
                BackupEnd = now < plan.Time ? plan.Time : now,
                FilesNew = files,
                DataAddedPacked = (ulong)added.StoredBytes,
                TotalFilesProcessed = files,
                TotalBytesProcessed = (ulong)(archive.Unpacked.Where(file => file.Entry.Database is null).Sum(file => file.Entry.Size) + archive.Databases.Sum(database => database.Bytes)),
            },
        };
    }
}
