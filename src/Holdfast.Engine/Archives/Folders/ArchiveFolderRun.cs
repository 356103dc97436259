using Holdfast.Engine.Archives.Exporting;
using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Archives.Folders;

/// <summary>What to write into a folder of archives.</summary>
public sealed record ArchiveFolderOptions
{
    /// <summary>Delete no old archive: what was just made is suspicious, and an older one may be the last good one.</summary>
    public bool KeepsAll { get; init; }

    public required StoredSnapshot Snapshot { get; init; }

    /// <summary>For encrypted formats.</summary>
    public Passphrase? Passphrase { get; init; }

    public required IReadOnlyList<FilePath> ScratchCandidates { get; init; }

    public required ClientIdentity Identity { get; init; }

    public required string Program { get; init; }
}

/// <summary>What came of it.</summary>
/// <param name="Archive">The new archive.</param>
/// <param name="Removed">The names of archives that retention deleted.</param>
/// <param name="Problems">What the archive lacks, or could not be deleted.</param>
public sealed record ArchiveFolderResult(ArchiveExportResult Archive, IReadOnlyList<string> Removed, IReadOnlyList<string> Problems);

/// <summary>
/// Puts a snapshot into a folder of archives: written, read back and verified, entered into the ledger; only then old ones are deleted.
/// </summary>
public sealed class ArchiveFolderRun(ArchiveFolder folder, Repository repository, ArchiveFolderOptions options, TimeProvider clock, OperationProgress progress)
{
    private const int MostOfOneSecond = 1000;

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
        var entry = new LedgerEntry(FilePath.From(file.Name.Span).ToString(), options.Snapshot.Snapshot.Time.ToDateTimeOffset(), written.Bytes, Verified: false);
        Enter(entry);
        await VerifyAsync(file, cancellationToken).ConfigureAwait(false);
        Enter(entry with { Verified = true });
        var problems = new List<string>(written.Problems);
        return new ArchiveFolderResult(written, options.KeepsAll ? [] : RemoveExpired(problems), problems);
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
        await verified.DisposeAsync().ConfigureAwait(false);
    }

    private void Enter(LedgerEntry entry) =>
        folder.Ledger.Write(folder.Ledger.Read().Values.Where(other => other.Name != entry.Name).Append(entry));

    private List<string> RemoveExpired(List<string> problems)
    {
        var removed = new List<string>();
        foreach (var archive in ArchiveRetention.Expired(folder.List(), folder.Declaration.KeepLast, folder.Declaration.KeepDays, clock.GetUtcNow()))
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
