using Holdfast.Engine.Archives.Exporting;
using Holdfast.Engine.Archives.Folders;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Jobs;

/// <summary>The one file that a backup is asked to write also.</summary>
public sealed record RequestedArchive(FilePath File, ArchiveFormat Format, string? Database, bool Overwrite, Passphrase? Passphrase) : IDisposable
{
    public void Dispose() => Passphrase?.Dispose();
}

/// <summary>The archive that a backup has put into a declared folder.</summary>
/// <param name="Folder">The folder's name in the manifest.</param>
/// <param name="Archive">What was written.</param>
/// <param name="Removed">The names of archives that retention deleted.</param>
/// <param name="Notices">Which were kept beyond their time, and why.</param>
public sealed record FolderArchiveWritten(string Folder, ArchiveExportResult Archive, IReadOnlyList<string> Removed, IReadOnlyList<string> Notices);

/// <summary>What came of the declared folders.</summary>
public sealed record FolderArchives(IReadOnlyList<FolderArchiveWritten> Written, IReadOnlyList<string> Problems);

/// <summary>The archives that a backup is also written to: one file that was asked for, and the folders that the manifest declares.</summary>
internal sealed class BackupArchives(Repository repository, JobSurroundings surroundings, TimeProvider clock, OperationProgress progress)
{
    /// <summary>Writes the file that was asked for.</summary>
    internal async Task<ArchiveExportResult> ExportAsync(Id snapshot, RequestedArchive requested, CancellationToken cancellationToken)
    {
        var options = new ArchiveExportOptions
        {
            Snapshot = await LoadAsync(snapshot, cancellationToken).ConfigureAwait(false),
            File = requested.File,
            Format = requested.Format,
            Database = requested.Database,
            Passphrase = requested.Passphrase,
            Overwrite = requested.Overwrite,
            WritesMeta = requested.Format.Kind != ArchiveKind.Tar,
            ScratchCandidates = surroundings.ScratchCandidates,
            Identity = surroundings.Identity,
            Program = surroundings.Program,
        };
        return await new ArchiveExport(repository, options, clock, progress).ExecuteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes into every declared folder. One that fails does not undo the backup, nor keep the others from being written.</summary>
    internal async Task<FolderArchives> FillFoldersAsync(Id snapshot, CancellationToken cancellationToken)
    {
        var (written, problems) = (new List<FolderArchiveWritten>(), new List<string>());
        foreach (var folder in surroundings.ArchiveFolders)
        {
            try
            {
                var result = await FillAsync(folder, snapshot, cancellationToken).ConfigureAwait(false);
                written.Add(new FolderArchiveWritten(folder.Declaration.Name, result.Archive, result.Removed, result.Notices));
                problems.AddRange(result.Problems.Except(result.Archive.Problems, StringComparer.Ordinal));
            }
            catch (HoldfastException error) when (error.Kind != FailureKind.Interrupted)
            {
                problems.Add($"the archive folder {folder.Declaration.Name} got no good archive: {error.Message}{(error.Hint is null ? string.Empty : $"; {error.Hint}")}");
            }
        }

        return new FolderArchives(written, problems);
    }

    private async Task<ArchiveFolderResult> FillAsync(ArchiveFolder folder, Id snapshot, CancellationToken cancellationToken)
    {
        var encrypted = ArchiveFormat.OfExtension(folder.Declaration.Format).Encrypted;
        using var passphrase = encrypted
            ? await surroundings.ArchivePassphrase(folder.Declaration.Passphrase, cancellationToken).ConfigureAwait(false)
            : null;
        var options = new ArchiveFolderOptions
        {
            Snapshot = await LoadAsync(snapshot, cancellationToken).ConfigureAwait(false),
            Proof = Proofs().VerdictOn,
            Passphrase = passphrase,
            ScratchCandidates = surroundings.ScratchCandidates,
            Identity = surroundings.Identity,
            Program = surroundings.Program,
        };
        return await new ArchiveFolderRun(folder, repository, options, clock, progress).ExecuteAsync(cancellationToken).ConfigureAwait(false);
    }

    // Of a scratch repository nothing is known, nor of one whose state cannot be read, which the backup says already.
    private ProofBook Proofs() => surroundings.Repository is null
        ? ProofBook.Empty
        : RememberedProofs.Load(surroundings.StateFolder, repository, surroundings.Location, static _ => { });

    private async Task<StoredSnapshot> LoadAsync(Id snapshot, CancellationToken cancellationToken)
    {
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken).ConfigureAwait(false);
        return listing.Readable.FirstOrDefault(stored => stored.Id == snapshot)
            ?? throw new HoldfastException(FailureKind.NotFound, $"snapshot {snapshot.Short} is gone", "somebody removed it; run the backup again");
    }
}
