using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary><c>holdfast ls [ID] [PATH…]</c>: the files of a snapshot.</summary>
internal sealed class LsCommand : ISessionCommand
{
    private readonly Argument<string[]> _words = PathArgument.Create("The beginning of a snapshot's ID or `latest`, which is the default, then files and folders.", "[ID] PATH");

    private readonly Option<bool> _recursive = new("--recursive", "-R") { Description = "List what is below folders too; without a path, everything in the snapshot." };

    private readonly SnapshotOptions _which = new();

    public bool WorksWithBrokenManifest => true;

    public Command Describe()
    {
        var command = new Command("ls", "List the files of a snapshot.");
        command.Arguments.Add(_words);
        command.Options.Add(_recursive);
        _which.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (id, words) = SnapshotOptions.Split(arguments.GetValue(_words) ?? []);
        using var found = await _which.FindAsync(session, arguments, id, cancellationToken);
        var (_, repository, _, stored) = found;
        var isRecursive = arguments.GetValue(_recursive);
        var paths = words.Select(path => FilePath.Absolute(path, session.CurrentDirectory)).ToList();
        var wanted = paths.Count > 0 || isRecursive ? paths : Saved(stored.Snapshot);
        var reader = new BlobReader(repository, await repository.LoadIndexAsync(cancellationToken));
        var walk = new SnapshotWalk(reader, new PathSelection(wanted)) { Enters = _ => isRecursive };
        var missing = paths.Where(path => !path.IsRoot).ToHashSet();
        using var output = session.Screen.OpenLongOutput();
        await foreach (var entry in walk.EntriesAsync(stored.Snapshot.Tree, cancellationToken))
        {
            missing.Remove(entry.Path);
            if (!IsShown(entry.Path, wanted, isRecursive)) continue;
            output.Line(LsLine.Of(entry, session.Clock.LocalTimeZone));
            output.Json(LsLine.Document(entry), CliJson.Default.LsDocument);
        }

        output.Flush();
        foreach (var problem in walk.Problems) session.Screen.Warning(problem);
        if (missing.Order().FirstOrDefault() is { } absent) throw await new AbsentPath(reader, stored).ExplainAsync(absent, cancellationToken);
        return walk.Problems.Count > 0 ? ExitCode.Bad : ExitCode.Done;
    }

    /// <summary>What was asked for when the backup was made; everything at the top where those are no paths of this kind of system.</summary>
    private static List<FilePath> Saved(Snapshot snapshot) =>
        snapshot.Paths.All(path => path.StartsWith('/')) ? [.. snapshot.Paths.Select(FilePath.From)] : [FilePath.Root];

    /// <summary>Folders on the way to a path are walked through and not shown.</summary>
    private static bool IsShown(FilePath path, List<FilePath> wanted, bool isRecursive) => isRecursive
        ? wanted.Count == 0 || wanted.Any(path.IsUnder)
        : wanted.Any(one => path == one || path.Parent == one);
}
