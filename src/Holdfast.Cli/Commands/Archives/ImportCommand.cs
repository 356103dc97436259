using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Archives;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Archives;

/// <summary><c>holdfast import FILE</c>: a snapshot out of an archive.</summary>
internal sealed class ImportCommand : ISessionCommand
{
    private const int DoneInPart = 3;

    private readonly Argument<string> _file = new("FILE") { Description = "The archive, or the name of one in a folder of the manifest." };

    private readonly Option<string?> _database = new("--database")
    {
        Description = "Which of the application's databases it is, for an archive that holds one and does not say.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _trustLinks = new("--trust-links") { Description = "Accept symbolic links that lead out of what the archive holds." };

    private readonly Option<bool> _anyApplication = new("--any-application") { Description = "Accept an archive of an application with another name." };

    private readonly ArchivePassphraseOptions _passphrase = new();

    public Command Describe()
    {
        var command = new Command("import", "Verify an archive and make a snapshot of it in the repository.");
        command.Arguments.Add(_file);
        command.Options.Add(_database);
        command.Options.Add(_trustLinks);
        command.Options.Add(_anyApplication);
        _passphrase.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        Priority.LowerForThisProcess();
        var argument = arguments.GetValue(_file)!;
        var (file, declared) = ArchivePlaces.Find(session, argument)
            ?? throw new HoldfastException(FailureKind.NotFound, $"there is no archive {Quoted.Text(argument)}", "name a file; `holdfast archives` lists those in the folders of the manifest");
        using var passphrase = await _passphrase.ReadAsync(session, arguments, declared, cancellationToken);
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var application = session.Manifest?.Application;
        var options = new ArchiveImportOptions
        {
            File = file,
            Passphrase = passphrase,
            Application = application?.Application,
            Root = application is null ? null : FilePath.From(application.Root),
            Databases = application?.Databases ?? [],
            Database = arguments.GetValue(_database),
            TrustLinks = arguments.GetValue(_trustLinks),
            AnyApplication = arguments.GetValue(_anyApplication),
            ScratchCandidates = ArchivePlaces.Scratch(session),
            Identity = session.Identity,
            Program = Session.Program,
        };
        var progress = new OperationProgress();
        var import = new ArchiveImport(session.Clock, progress);
        StoredSnapshot stored;
        await using (new ProgressLine(session.Screen, progress, session.Clock))
        {
            stored = await import.ExecuteAsync(repository, options, cancellationToken);
        }

        Report(session, file, stored, import);
        return import.Problems.Count > 0 ? DoneInPart : 0;
    }

    private static void Report(Session session, FilePath file, StoredSnapshot stored, ArchiveImport import)
    {
        foreach (var notice in import.Notices) session.Screen.Notice(notice);
        foreach (var problem in import.Problems) session.Screen.Warning($"when the archive was made: {problem}");
        session.Screen.Line($"{file.Display} is in the repository as snapshot {stored.Id.Short} of {HumanFormat.Time(stored.Snapshot.Time.ToDateTimeOffset(), session.Clock.LocalTimeZone)}");
        session.Screen.Line($"prove it with: holdfast drill {stored.Id.Short}");
        session.Screen.Json(
            new ImportDocument(
                stored.Id.ToString(),
                file.ToString(),
                stored.Snapshot.Time.ToString(),
                stored.Snapshot.Hostname,
                stored.Snapshot.Paths,
                stored.Snapshot.Tags,
                import.Problems,
                import.Notices),
            CliJson.Default.ImportDocument);
    }
}
