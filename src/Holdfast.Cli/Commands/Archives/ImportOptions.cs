using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Archives.Importing;
using Holdfast.Engine.Files;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Archives;

/// <summary>How an archive is taken in: the same for an import and for a restore from a file.</summary>
internal sealed class ImportOptions
{
    private readonly Option<string?> _database = new("--database")
    {
        Description = "Which of the application's databases it is, for an archive that holds one and does not say.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _trustLinks = new("--trust-links") { Description = "Accept symbolic links that lead out of what the archive holds." };

    private readonly Option<bool> _trustPaths = new("--trust-paths")
    {
        Description = "Accept files that are not of the application, setuid bits, and a manifest that has Holdfast run other programs.",
    };

    private readonly Option<bool> _anyApplication = new("--any-application") { Description = "Accept an archive of an application with another name." };

    private readonly ArchivePassphraseOptions _passphrase = new();

    internal void AddTo(Command command)
    {
        command.Options.Add(_database);
        command.Options.Add(_trustLinks);
        command.Options.Add(_trustPaths);
        command.Options.Add(_anyApplication);
        _passphrase.AddTo(command);
    }

    /// <summary>The database that was named; null for none.</summary>
    internal string? Database(ParseResult arguments) => arguments.GetValue(_database);

    /// <summary>Verifies the archive and makes a snapshot of it.</summary>
    /// <param name="session">Says of which application.</param>
    /// <param name="repository">Where the snapshot goes.</param>
    /// <param name="file">The archive.</param>
    /// <param name="declared">What the manifest says of its passphrase.</param>
    /// <param name="root">Where the application is on this host; null for the manifest's root.</param>
    /// <param name="arguments">The options as given.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task<(StoredSnapshot Snapshot, ArchiveImport Import)> ExecuteAsync(
        Session session,
        Repository repository,
        FilePath file,
        PassphraseSource? declared,
        FilePath? root,
        ParseResult arguments,
        CancellationToken cancellationToken)
    {
        using var passphrase = await _passphrase.ReadForAsync(session, arguments, file, declared, cancellationToken);
        var application = session.Manifest?.Application;
        var options = new ArchiveImportOptions
        {
            File = file,
            Passphrase = passphrase,
            Application = application?.Application,
            Root = root ?? (application is null ? null : FilePath.From(application.Root)),
            Databases = application?.Databases ?? [],
            Database = arguments.GetValue(_database),
            TrustLinks = arguments.GetValue(_trustLinks),
            TrustPaths = arguments.GetValue(_trustPaths),
            Manifest = session.Manifest,
            AnyApplication = arguments.GetValue(_anyApplication),
            ScratchCandidates = ArchivePlaces.Scratch(session),
            Identity = session.Identity,
            Program = Session.Program,
        };
        var progress = new OperationProgress();
        var import = new ArchiveImport(session.Clock, progress);
        // One into a repository that goes away with the command is a part of that command.
        if (session.IsPassing) return (await session.ShowingAsync(progress, import.ExecuteAsync(repository, options, cancellationToken)), import);
        var asked = session.Asked(new ImportRequest(file, options.Database, options.TrustLinks, options.AnyApplication) { TrustPaths = options.TrustPaths, Folder = session.CurrentDirectory });
        var stored = await session.EnteringAsync(
            new OperationOrder(OperationKind.Import, $"import {file.Display}", asked.Serialize()),
            token => import.ExecuteAsync(repository, options, token),
            _ => new OperationOutcome(import.Problems.Count > 0 ? OperationState.DoneInPart : OperationState.Done),
            progress,
            cancellationToken);
        return (stored, import);
    }
}
