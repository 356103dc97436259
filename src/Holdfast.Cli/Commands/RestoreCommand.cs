using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast restore ID [PATH…]</c>: brings a snapshot back, to another folder or in place.</summary>
internal sealed class RestoreCommand : ISessionCommand
{
    private const int DoneInPart = 3;

    private readonly Argument<string> _id = new("ID") { Description = "The beginning of a snapshot's ID, or `latest`." };

    private readonly Argument<string[]> _paths = PathArgument.Create("What to restore; without any, everything in the snapshot.");

    private readonly Option<string?> _target = new("--target", "-t")
    {
        Description = "Restore below this folder, which must hold none of it yet; without it, in place of what is there.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _noLock = new("--no-lock")
    {
        Description = "Take no lock: for a repository that cannot be written to. Nothing may prune it meanwhile.",
    };

    private readonly Option<bool> _dryRun = new("--dry-run", "-n")
    {
        Description = "Only say what would be done: what is replaced and created, the room it needs, what is in the way.",
    };

    public Command Describe()
    {
        var command = new Command("restore", "Bring a snapshot back, to another folder or in place.");
        command.Arguments.Add(_id);
        command.Arguments.Add(_paths);
        command.Options.Add(_target);
        command.Options.Add(_dryRun);
        command.Options.Add(_noLock);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var target = arguments.GetValue(_target);
        if (target is { Length: 0 }) throw new HoldfastException(FailureKind.Usage, "--target names no folder");
        var options = new RestoreOptions
        {
            Snapshot = await new SnapshotOptions { RefusesSuspicious = true }.ChooseAsync(session, repository, arguments, arguments.GetRequiredValue(_id), cancellationToken),
            Include = [.. (arguments.GetValue(_paths) ?? []).Select(path => FilePath.Absolute(path, session.CurrentDirectory))],
            Target = target is null ? null : FilePath.Absolute(target, session.CurrentDirectory),
            Forbidden = [session.RepositoryPath()],
            Identity = session.Identity,
            Lock = !arguments.GetValue(_noLock),
        };
        var progress = new OperationProgress();
        var run = new RestoreRun(repository, options, session.Clock, progress);
        if (arguments.GetValue(_dryRun))
        {
            var plan = await ShowingAsync(session, progress, run.PlanAsync(cancellationToken));
            return RestorePlanReport.Print(session.Screen, options.Snapshot.Id, plan);
        }

        var result = await ShowingAsync(session, progress, run.ExecuteAsync(cancellationToken));
        Report(session.Screen, options, result);
        return result.IsPartial ? DoneInPart : 0;
    }

    private static async Task<T> ShowingAsync<T>(Session session, OperationProgress progress, Task<T> work)
    {
        await using (new ProgressLine(session.Screen, progress, session.Clock)) return await work;
    }

    private static void Report(Screen screen, RestoreOptions options, RestoreResult result)
    {
        foreach (var notice in result.Notices) screen.Notice(notice);
        foreach (var problem in result.Problems) screen.Warning(problem);
        var place = options.Target is { } target ? $"to {target.Display}" : "in place";
        screen.Line(
            $"restored {HumanFormat.Count(result.Databases, "database", "databases")} and {HumanFormat.Count(result.Files, "file", "files")} {place}, "
            + $"{HumanFormat.Size(result.Bytes)} in {HumanFormat.Duration(result.Duration)}{(result.IsPartial ? ", but not everything" : string.Empty)}");
        screen.Json(
            new RestoreDocument(
                options.Snapshot.Id.ToString(),
                options.Target?.ToString(),
                result.Files,
                result.Databases,
                result.Bytes,
                Math.Round(result.Duration.TotalSeconds, 3),
                result.Problems,
                result.Notices),
            CliJson.Default.RestoreDocument);
    }
}
