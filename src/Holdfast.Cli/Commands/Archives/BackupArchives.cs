using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Archives.Exporting;
using Holdfast.Engine.Archives.Folders;
using Holdfast.Engine.Archives.Packing;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Archives;

/// <summary>The archives that a backup is also written to: FILE of --output, and the folders that the manifest declares.</summary>
internal sealed class BackupArchives
{
    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "Write the backup also into this file: .tar.gz, .tar.zst, .db, .bak, .sql, .sql.gz, each also with .gpg. Needs no repository.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _databaseOnly = new("--db-only") { Description = "The file of --output is to hold a database and nothing else." };

    private readonly Option<string?> _database = new("--database") { Description = "Which database, for a file of --output that holds one.", HelpName = "NAME" };

    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "The file of --output may be there already and is replaced." };

    private readonly ArchivePassphraseOptions _passphrase = new();

    internal void AddTo(Command command)
    {
        command.Options.Add(_output);
        command.Options.Add(_databaseOnly);
        command.Options.Add(_database);
        command.Options.Add(_overwrite);
        _passphrase.AddTo(command);
    }

    /// <summary>What --output asks for; null without it. What cannot work is told before anything is done.</summary>
    internal async Task<RequestedArchive?> RequestedAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_output) is not { } output)
        {
            return arguments.GetValue(_databaseOnly) || arguments.GetValue(_database) is not null || arguments.GetValue(_overwrite)
                ? throw new HoldfastException(FailureKind.Usage, "--db-only, --database and --overwrite are about the file of --output, and there is none", "give --output FILE")
                : null;
        }

        var file = FilePath.Absolute(output, session.CurrentDirectory);
        var format = ArchiveFormat.OfName(FilePath.From(file.Name.Span).ToString());
        if (arguments.GetValue(_databaseOnly) && format.Kind == ArchiveKind.Tar)
            throw new HoldfastException(FailureKind.Usage, $"--db-only writes a database, and {Quoted.Text(output)} is to be a {format.Extension}", "let the name end in .db, .bak or .sql");
        // Only asked whether it could be made: nobody wants to learn of it after the backup.
        PendingFile.Create(file, arguments.GetValue(_overwrite)).Dispose();
        if (format.Encrypted) GpgProgram.Require();
        var passphrase = format.Encrypted ? await _passphrase.ReadAsync(session, arguments, null, cancellationToken) : null;
        if (format.Encrypted && passphrase is null)
            throw new HoldfastException(FailureKind.Usage, "the file of --output is to be encrypted, and no passphrase for it is given", $"set {ArchivePassphrase.Variable}, or give --archive-passphrase-file or --archive-passphrase-command");
        return new RequestedArchive(file, format, arguments.GetValue(_database), arguments.GetValue(_overwrite), passphrase);
    }

    /// <summary>Writes the file of --output.</summary>
    internal static async Task<ArchiveExportResult> ExportAsync(
        Session session, Repository repository, Id snapshot, RequestedArchive requested, OperationProgress progress, CancellationToken cancellationToken)
    {
        var options = new ArchiveExportOptions
        {
            Snapshot = await LoadAsync(repository, snapshot, cancellationToken),
            File = requested.File,
            Format = requested.Format,
            Database = requested.Database,
            Passphrase = requested.Passphrase,
            Overwrite = requested.Overwrite,
            WritesMeta = requested.Format.Kind != ArchiveKind.Tar,
            ScratchCandidates = ArchivePlaces.Scratch(session),
            Identity = session.Identity,
            Program = Session.Program,
        };
        return await new ArchiveExport(repository, options, session.Clock, progress).ExecuteAsync(cancellationToken);
    }

    /// <summary>Writes into every declared folder. One that fails does not undo the backup, nor keep the others from being written.</summary>
    internal async Task<FolderArchives> FillFoldersAsync(
        Session session, Repository repository, Id snapshot, bool keepsAll, ParseResult arguments, OperationProgress progress, CancellationToken cancellationToken)
    {
        var (written, problems) = (new List<ExportDocument>(), new List<string>());
        foreach (var folder in ArchivePlaces.Folders(session))
        {
            try
            {
                var encrypted = ArchiveFormat.OfExtension(folder.Declaration.Format).Encrypted;
                using var passphrase = encrypted ? await _passphrase.ReadAsync(session, arguments, folder.Declaration.Passphrase, cancellationToken) : null;
                var options = new ArchiveFolderOptions
                {
                    KeepsAll = keepsAll,
                    Snapshot = await LoadAsync(repository, snapshot, cancellationToken),
                    Passphrase = passphrase,
                    ScratchCandidates = ArchivePlaces.Scratch(session),
                    Identity = session.Identity,
                    Program = Session.Program,
                };
                var result = await new ArchiveFolderRun(folder, repository, options, session.Clock, progress).ExecuteAsync(cancellationToken);
                written.Add(ArchiveDocuments.Of(result.Archive, folder.Declaration.Name, result.Removed));
                problems.AddRange(result.Problems.Except(result.Archive.Problems, StringComparer.Ordinal));
            }
            catch (HoldfastException error) when (error.Kind != FailureKind.Interrupted)
            {
                problems.Add($"the archive folder {folder.Declaration.Name} got no archive: {error.Message}{(error.Hint is null ? string.Empty : $"; {error.Hint}")}");
            }
        }

        return new FolderArchives(written, problems);
    }

    private static async Task<StoredSnapshot> LoadAsync(Repository repository, Id snapshot, CancellationToken cancellationToken)
    {
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        return listing.Readable.FirstOrDefault(stored => stored.Id == snapshot)
            ?? throw new HoldfastException(FailureKind.NotFound, $"snapshot {snapshot.Short} is gone", "somebody removed it; run the backup again");
    }
}

/// <summary>The file of --output.</summary>
internal sealed record RequestedArchive(FilePath File, ArchiveFormat Format, string? Database, bool Overwrite, Passphrase? Passphrase) : IDisposable
{
    public void Dispose() => Passphrase?.Dispose();
}

/// <summary>What came of the declared folders.</summary>
internal sealed record FolderArchives(IReadOnlyList<ExportDocument> Written, IReadOnlyList<string> Problems);
