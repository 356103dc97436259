using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Dumps;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Databases;

/// <summary><c>holdfast db export [ID] [NAME] --output FILE</c>: a database of PostgreSQL from a snapshot as one file for stock tools.</summary>
internal sealed class DbExportCommand : ISessionCommand
{
    private readonly Argument<string[]> _words = PathArgument.Create("The beginning of a snapshot's ID or `latest`, which is the default, then the database's name in the manifest.", "[ID] [NAME]");

    private readonly Option<string> _output = new("--output", "-o") { Description = "The file to write: .dump for pg_restore, .sql or .sql.gz for psql.", HelpName = "FILE", Required = true };

    private readonly Option<bool> _force = new("--force") { Description = "The file may be there already and is replaced." };

    private readonly SnapshotOptions _which = new();

    public bool WorksWithBrokenManifest => true;

    public Command Describe()
    {
        var command = new Command("export", "Write a PostgreSQL database of a snapshot into one file that pg_restore or psql reads.");
        command.Arguments.Add(_words);
        command.Options.Add(_output);
        command.Options.Add(_force);
        _which.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (id, names) = SnapshotOptions.Split(arguments.GetValue(_words) ?? []);
        if (names.Count > 1) throw new HoldfastException(FailureKind.Usage, "db export takes one database");
        var output = FilePath.Absolute(arguments.GetValue(_output)!, session.CurrentDirectory);
        var format = DumpFileName.FormatOf(output);
        using var found = await _which.FindAsync(session, arguments, id, cancellationToken);
        var options = new DatabaseExportOptions
        {
            Snapshot = found.Snapshot,
            Name = names.Count == 1 ? names[0] : null,
            Output = output,
            Format = format,
            Force = arguments.GetValue(_force),
            Identity = session.Identity,
        };
        var progress = new OperationProgress();
        var result = await session.ShowingAsync(progress, new DatabaseExport(found.Repository, options, session.Clock, progress).ExecuteAsync(cancellationToken));
        foreach (var notice in result.Notices) session.Screen.Notice(notice);
        session.Screen.Line($"wrote {output.Display}, from a dump of {HumanFormat.Size(result.Bytes)}, of snapshot {options.Snapshot.Id.Short}");
        session.Screen.Json(
            new DbExportDocument(options.Snapshot.Id.ToString(), output.ToString(), DumpFileName.Ending(format), result.Bytes, result.Notices),
            CliJson.Default.DbExportDocument);
        return ExitCode.Done;
    }
}
