using Holdfast.Engine.Archives.Exporting;
using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Archives.Folders;

/// <summary>What to write into a folder of archives.</summary>
public sealed record ArchiveFolderOptions
{
    /// <summary>Of a suspicious or incomplete one the archive is doubtful: then no old archive is deleted.</summary>
    public required StoredSnapshot Snapshot { get; init; }

    /// <summary>Whether content, by the ID of its tree, is proven (true) or refuted (false) by a drill; null when it was not drilled.</summary>
    public Func<Id, bool?> Proof { get; init; } = static _ => null;

    /// <summary>For encrypted formats.</summary>
    public Passphrase? Passphrase { get; init; }

    public required IReadOnlyList<FilePath> ScratchCandidates { get; init; }

    public required ClientIdentity Identity { get; init; }

    public required string Program { get; init; }
}

/// <summary>What came of it.</summary>
/// <param name="Archive">The new archive.</param>
/// <param name="Removed">The names of archives that retention deleted.</param>
/// <param name="Notices">Which archives were kept beyond their time, and why.</param>
/// <param name="Problems">What the archive lacks, or could not be deleted.</param>
public sealed record ArchiveFolderResult(ArchiveExportResult Archive, IReadOnlyList<string> Removed, IReadOnlyList<string> Notices, IReadOnlyList<string> Problems);

/// <summary>
/// Puts a snapshot into a folder of archives: written, read back and verified, entered into the ledger; only then old ones are deleted.
/// </summary>
public sealed class ArchiveFolderRun(ArchiveFolder folder, Repository repository, ArchiveFolderOptions options, TimeProvider clock, OperationProgress progress)
{
    private const int MostOfOneSecond = 1000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <exception cref="HoldfastException">The archive could not be written or verified. Nothing was deleted then.</exception>
    public async Task<ArchiveFolderResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        FileSystem.CreateDirectories(folder.Path, FilePermissions.PrivateDirectory);
        var format = ArchiveFormat.OfExtension(folder.Declaration.Format);
        var file = FreeName(format);
        var export = new ArchiveExportOptions
        {
            Snapshot = options.Snapshot,
            File = file,
            Format = format,
            Database = folder.Declaration.Database,
            Passphrase = options.Passphrase,
            WritesMeta = true,
            ScratchCandidates = options.ScratchCandidates,
            Identity = options.Identity,
            Program = options.Program,
        };
        var written = await new ArchiveExport(repository, export, clock, progress).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        var entry = new LedgerEntry(FilePath.From(file.Name.Span).ToString(), options.Snapshot.Snapshot.Time.ToDateTimeOffset(), written.Bytes, Verified: false, options.Snapshot.Snapshot.Tree.ToString(), Doubt());
        await EnterAsync(entry, cancellationToken).ConfigureAwait(false);
        await ProveAsync(file, entry, written, cancellationToken).ConfigureAwait(false);
        await CorrectAsync(entry with { Verified = true }, cancellationToken).ConfigureAwait(false);
        using var held = await LockAsync(cancellationToken).ConfigureAwait(false);
        return Retain(written, entry);
    }

    private FilePath FreeName(ArchiveFormat format)
    {
        var time = options.Snapshot.Snapshot.Time.ToDateTimeOffset();
        for (var number = 1; number <= MostOfOneSecond; number++)
        {
            var file = folder.Path.Combine(ArchiveFileName.Of(folder.Declaration.Prefix, time, number, format));
            if (!FileSystem.Exists(file) && !FileSystem.Exists(ArchiveMeta.PlaceFor(file))) return file;
        }

        throw new HoldfastException(FailureKind.Failed, $"\"{folder.Path.Display}\" has {MostOfOneSecond} archives of the same second", "look at the clock of this machine");
    }

    private async Task VerifyAsync(FilePath file, CancellationToken cancellationToken)
    {
        var verification = new ArchiveVerificationOptions
        {
            File = file,
            Passphrase = options.Passphrase,
            // What it holds is this machine's own.
            TrustLinks = true,
            ScratchCandidates = options.ScratchCandidates,
        };
        var verified = await new ArchiveVerification(verification, progress).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        await using (verified.ConfigureAwait(false))
        {
            if (verified.Damage is [var damage, ..]) throw new HoldfastException(FailureKind.Damaged, damage);
        }
    }

    /// <summary>
    /// One that does not verify stays: what it holds of a damaged database may be all that is left of that. It is marked, so that nobody takes it for a good one,
    /// and pushes out none.
    /// </summary>
    private async Task ProveAsync(FilePath file, LedgerEntry entry, ArchiveExportResult written, CancellationToken cancellationToken)
    {
        try
        {
            await VerifyAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            await CorrectAsync(entry with { Doubt = "FAILED: it does not verify" }, cancellationToken).ConfigureAwait(false);
            // What the backup knew of the database says more than what a reader of the archive stumbles over.
            var why = written is { Format.Kind: not ArchiveKind.Tar, Problems: [var known, ..] } ? known : error.Message;
            throw new HoldfastException(
                FailureKind.Damaged,
                $"the new archive {PrintableName.Escape(entry.Name)} is there, but does not verify: {why}",
                "it is marked FAILED in `holdfast archives`, and no older one was deleted",
                error);
        }
    }

    // Read, changed and written: another backup may do the same, and neither may lose the entry of the other.
    private async Task EnterAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        using var held = await LockAsync(cancellationToken).ConfigureAwait(false);
        folder.Ledger.Write(folder.Ledger.Read().Values.Where(other => other.Name != entry.Name).Append(entry));
    }

    /// <summary>An entry that is there no longer stays away: newer archives of another backup pushed this one out while it was read back.</summary>
    private async Task CorrectAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        using var held = await LockAsync(cancellationToken).ConfigureAwait(false);
        folder.Ledger.Write(folder.Ledger.Read().Values.Select(other => other.Name == entry.Name ? entry : other));
    }

    private async Task<DirectoryLock> LockAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            if (DirectoryLock.TryTake(folder.Path, isShared: false) is { } held) return held;
            if (clock.GetElapsedTime(started) >= LongestWait)
                throw new HoldfastException(FailureKind.Locked, $"another process holds the folder of archives \"{folder.Path.Display}\"", "run it again when that has ended");
            await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private string? Doubt() => (SuspiciousTag.IsOn(options.Snapshot.Snapshot), options.Snapshot.Snapshot.Tags.Contains(IncompleteTag.Value, StringComparer.Ordinal)) switch
    {
        (true, _) => "its backup was suspicious",
        (_, true) => "its backup was incomplete",
        _ => null,
    };

    /// <summary>With the lock held: what is listed, deleted and struck from the ledger must be one state.</summary>
    private ArchiveFolderResult Retain(ArchiveExportResult written, LedgerEntry entry)
    {
        var (notices, problems) = (new List<string>(), new List<string>(written.Problems));
        var plan = ArchiveRetention.Plan([.. folder.List().Select(WithProof)], folder.Declaration.KeepLast, folder.Declaration.KeepDays, clock.GetUtcNow());
        if (entry.Doubt is { } doubt)
        {
            // An older one may be the last good one, and somebody should look first.
            if (plan.Expired.Count > 0) notices.Add($"no old archive of {folder.Declaration.Name} was deleted after {PrintableName.Escape(entry.Name)}, because {doubt}");
            return new ArchiveFolderResult(written, [], notices, problems);
        }

        notices.AddRange(plan.Spared.Select(spared => $"the archive {PrintableName.Escape(spared.Archive.Name)} is kept beyond its time: {spared.Why}"));
        return new ArchiveFolderResult(written, Remove(plan.Expired, problems), notices, problems);
    }

    /// <summary>A drill knows better than the backup whether its content is good, but not whether it is too little.</summary>
    private FolderArchive WithProof(FolderArchive archive) => (archive.Content is { } content ? options.Proof(content) : null) switch
    {
        true => archive with { IsProven = true },
        false => archive with { Doubt = archive.Doubt ?? "a drill of its snapshot has failed" },
        null => archive,
    };

    private List<string> Remove(IReadOnlyList<FolderArchive> expired, List<string> problems)
    {
        var removed = new List<string>();
        foreach (var archive in expired)
        {
            try
            {
                FileSystem.Remove(archive.File);
                FileSystem.Remove(ArchiveMeta.PlaceFor(archive.File));
                removed.Add(archive.Name);
            }
            catch (HoldfastException error)
            {
                problems.Add($"an archive that has had its time could not be deleted: {error.Message}");
            }
        }

        if (removed.Count == 0) return removed;
        DirectorySync.Sync(folder.Path);
        folder.Ledger.Write(folder.Ledger.Read().Values.Where(entry => !removed.Contains(entry.Name, StringComparer.Ordinal)));
        return removed;
    }
}
