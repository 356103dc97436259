using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Dumps;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary><c>holdfast dump [ID] PATH</c>: one file of a snapshot, or a folder as a tar archive.</summary>
internal sealed class DumpCommand : ISessionCommand
{
    private readonly Argument<string[]> _words = PathArgument.Create("The beginning of a snapshot's ID or `latest`, which is the default, then the file, database or folder.", "[ID] PATH");

    private readonly Option<string?> _output = new("--output", "-o") { Description = "Write into this new file instead of standard output.", HelpName = "FILE" };

    private readonly Option<bool> _force = new("--force") { Description = "The file of --output may be there already and is replaced." };

    private readonly Option<bool> _noLock = new("--no-lock")
    {
        Description = "Take no lock: for a repository that cannot be written to. Nothing may prune it meanwhile.",
    };

    private readonly SnapshotOptions _which = new();

    public bool WorksWithBrokenManifest => true;

    public Command Describe()
    {
        var command = new Command("dump", "Write a file of a snapshot, or a folder as a tar archive, to standard output or into a file.");
        command.Arguments.Add(_words);
        command.Options.Add(_output);
        command.Options.Add(_force);
        _which.AddTo(command);
        command.Options.Add(_noLock);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (id, paths) = SnapshotOptions.Split(arguments.GetValue(_words) ?? []);
        if (paths.Count != 1) throw new HoldfastException(FailureKind.Usage, "dump takes one file or folder", "`holdfast ls` lists them; a folder becomes one archive");
        var output = arguments.GetValue(_output);
        if (output is { Length: 0 }) throw new HoldfastException(FailureKind.Usage, "--output names no file");
        if (output is null && session.Screen.IsJson)
            throw new HoldfastException(FailureKind.Usage, "--json and the content of the file cannot both be on standard output", "give --output FILE, or leave out --json");
        using var found = await _which.FindAsync(session, arguments, id, cancellationToken);
        var repository = found.Repository;
        var options = new DumpOptions
        {
            Snapshot = found.Snapshot,
            Path = FilePath.Absolute(paths[0], session.CurrentDirectory),
            Output = output is null ? null : FilePath.Absolute(output, session.CurrentDirectory),
            Force = arguments.GetValue(_force),
            IsTerminal = session.Screen.OutputIsTerminal,
            Forbidden = found.At.RepositoryFolders,
            Identity = session.Identity,
            Lock = !arguments.GetValue(_noLock),
        };
        var result = await RunAsync(session, new OperationProgress(), progress => new DumpRun(repository, options, session.Clock, progress), output is not null, cancellationToken);
        foreach (var notice in result.Notices) session.Screen.Notice(notice);
        if (options.Output is { } file) Report(session.Screen, options, file, result);
        return ExitCode.Done;
    }

    private static async Task<DumpResult> RunAsync(
        Session session, OperationProgress progress, Func<OperationProgress, DumpRun> run, bool isShown, CancellationToken cancellationToken)
    {
        // A progress bar would draw over what a terminal shows of the file.
        if (!isShown) return await run(progress).ExecuteAsync(cancellationToken);
        await using (new ProgressLine(session.Screen, progress, session.Clock)) return await run(progress).ExecuteAsync(cancellationToken);
    }

    private static void Report(Screen screen, DumpOptions options, FilePath file, DumpResult result)
    {
        var what = result.IsArchive ? $"{HumanFormat.Count(result.Files, "file", "files")} of {options.Path.Display} as a tar archive" : options.Path.Display;
        screen.Line($"wrote {what}, {HumanFormat.Size(result.Bytes)}, of snapshot {options.Snapshot.Id.Short} to {file.Display}");
        screen.Json(
            new DumpDocument(options.Snapshot.Id.ToString(), options.Path.ToString(), file.ToString(), result.IsArchive, result.Files, result.Bytes, result.Notices),
            CliJson.Default.DumpDocument);
    }
}
