using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Archives.Exporting;
using Holdfast.Engine.Files;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;

namespace Holdfast.Cli.Commands.Archives;

/// <summary><c>holdfast export [ID] --output FILE</c>: a snapshot as one file that stock programs open.</summary>
internal sealed class ExportCommand : ISessionCommand
{
    private readonly Argument<string?> _id = new("ID") { Description = SnapshotOptions.IdDescription, Arity = ArgumentArity.ZeroOrOne };

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "The file; its name says what it is to be: .tar.gz, .tar.zst, .db, .bak, .sql, .sql.gz, each also with .gpg.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string?> _database = new("--database") { Description = "Which database, for formats that hold one.", HelpName = "NAME" };

    private readonly Option<bool> _force = new("--force") { Description = "FILE may be there already and is replaced." };

    private readonly Option<bool> _noLock = new("--no-lock")
    {
        Description = "Take no lock: for a repository that cannot be written to. Nothing may prune it meanwhile.",
    };

    private readonly SnapshotOptions _which = new();
    private readonly ArchivePassphraseOptions _passphrase = new();

    public Command Describe()
    {
        var command = new Command("export", "Write a snapshot, or one database of it, into one file that stock programs open.");
        command.Arguments.Add(_id);
        command.Options.Add(_output);
        command.Options.Add(_database);
        command.Options.Add(_force);
        _passphrase.AddTo(command);
        _which.AddTo(command);
        command.Options.Add(_noLock);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        Priority.LowerForThisProcess();
        var file = FilePath.Absolute(arguments.GetValue(_output)!, session.CurrentDirectory);
        var format = ArchiveFormat.OfName(FilePath.From(file.Name.Span).ToString());
        using var passphrase = format.Encrypted ? await _passphrase.ReadAsync(session, arguments, null, cancellationToken) : null;
        using var found = await _which.FindAsync(session, arguments, arguments.GetValue(_id), cancellationToken);
        var options = new ArchiveExportOptions
        {
            Snapshot = found.Snapshot,
            File = file,
            Format = format,
            Database = arguments.GetValue(_database),
            Passphrase = passphrase,
            Overwrite = arguments.GetValue(_force),
            WritesMeta = format.Kind != ArchiveKind.Tar,
            ScratchCandidates = ArchivePlaces.Scratch(found.At),
            Identity = session.Identity,
            Lock = !arguments.GetValue(_noLock),
            Program = Session.Program,
        };
        var progress = new OperationProgress();
        var asked = found.At.Asked(new ExportRequest(options.Snapshot.Id.ToString(), file.ToString(), options.Database, options.Overwrite)
        {
            Folder = session.CurrentDirectory,
            NoLock = !options.Lock,
        });
        var result = await session.EnteringAsync(
            new OperationOrder(OperationKind.Export, $"export snapshot {options.Snapshot.Id.Short} to {file.Display}", asked.Serialize()),
            token => new ArchiveExport(found.Repository, options, session.Clock, progress).ExecuteAsync(token),
            exported => new OperationOutcome(exported.Problems.Count > 0 ? OperationState.DoneInPart : OperationState.Done),
            progress,
            cancellationToken);

        foreach (var notice in result.Notices) session.Screen.Notice(notice);
        foreach (var problem in result.Problems) session.Screen.Warning(problem);
        ArchiveReport.Written(session.Screen, result);
        session.Screen.Json(ArchiveDocuments.Of(result), CliJson.Default.ExportDocument);
        return result.Problems.Count > 0 ? ExitCode.DoneInPart : ExitCode.Done;
    }
}
