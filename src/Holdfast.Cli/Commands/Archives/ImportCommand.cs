using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Archives.Importing;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Archives;

/// <summary><c>holdfast import FILE</c>: a snapshot out of an archive.</summary>
internal sealed class ImportCommand : ISessionCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "The archive, or the name of one in a folder of the manifest." };

    private readonly ImportOptions _options = new();

    public Command Describe()
    {
        var command = new Command("import", "Verify an archive and make a snapshot of it in the repository.");
        command.Arguments.Add(_file);
        _options.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        Priority.LowerForThisProcess();
        var argument = arguments.GetValue(_file)!;
        var (file, declared) = ArchivePlaces.Find(session, argument)
            ?? throw new HoldfastException(FailureKind.NotFound, $"there is no archive {Quoted.Text(argument)}", "name a file; `holdfast archives` lists those in the folders of the manifest");
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var (stored, import) = await _options.ExecuteAsync(session, repository, file, declared, root: null, arguments, cancellationToken);
        Report(session, file, stored, import);
        return import.Problems.Count > 0 ? ExitCode.DoneInPart : ExitCode.Done;
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
