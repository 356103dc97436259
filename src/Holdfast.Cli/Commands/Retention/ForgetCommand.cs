using System.CommandLine;
using Holdfast.Cli.Commands.Repositories;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Retention;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Pruning;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Retention;

/// <summary><c>holdfast forget [ID…]</c>: removes the snapshots that a policy does not keep, or those that are named.</summary>
internal sealed class ForgetCommand : ISessionCommand
{
    private readonly Argument<string[]> _ids = new("ID")
    {
        Description = "The beginnings of the IDs of snapshots to remove, whatever a policy says. Without any, the policy decides.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly KeepOptions _keep = new();

    private readonly Option<string?> _groupBy = new("--group-by")
    {
        Description = "What the policy is applied to: application, host, paths, tags with commas between; empty for all together. Without it: application and host.",
        HelpName = "WHAT",
    };

    private readonly Option<string?> _application = new("--application") { Description = "Only snapshots of this application; else of the manifest's.", HelpName = "NAME" };
    private readonly Option<string[]> _host = new("--host") { Description = "Only snapshots of this host; may be repeated.", HelpName = "HOST" };
    private readonly Option<string[]> _tag = new("--tag") { Description = "Only snapshots with this tag; repeated, with all of them.", HelpName = "TAG" };
    private readonly Option<string[]> _path = new("--path") { Description = "Only backups of this path; repeated, of all of them.", HelpName = "PATH" };
    private readonly Option<bool> _acceptFuture = new("--accept-future") { Description = "Go on where a snapshot is of the future; it stays and is not counted." };
    private readonly Option<bool> _acceptGap = new("--accept-gap") { Description = "Go on where a long time without snapshots alone makes all from before too old." };
    private readonly Option<bool> _force = new("--force") { Description = "With IDs: also the last proven restore point, and the last one of an application." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Show what would be kept and removed, and why; remove nothing." };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask: for scripts." };
    private readonly Option<bool> _prune = new("--prune") { Description = "Then free the room of what no snapshot needs any more, under the same lock." };
    private readonly RepackOptions _repack = new();
    private readonly AllRepositoriesOption _all = new();
    private readonly WaitOption _wait = new("How long to wait while another operation is at the application, and for a lock on the repository.");

    public Command Describe()
    {
        var command = new Command("forget", "Remove the snapshots that the policy does not keep, or those that are named.");
        command.Arguments.Add(_ids);
        _keep.AddTo(command);
        foreach (var option in (Option[])[_groupBy, _application, _host, _tag, _path, _acceptFuture, _acceptGap, _force, _prune, _repack.MaximumUnused, _repack.MaximumRepack, _dryRun, _yes, _wait.Option, _all.Option]) command.Options.Add(option);
        return command;
    }

    public Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_all.Option) && arguments.GetValue(_ids) is { Length: > 0 })
            throw new HoldfastException(FailureKind.Usage, "a snapshot has another ID in each repository", "remove it from one after the other, with --repository");
        return _all.RunAsync(session, arguments, at => RunOneAsync(at, arguments, cancellationToken));
    }

    private async Task<int> RunOneAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var ids = arguments.GetValue(_ids) ?? [];
        RefuseContradictions(arguments, ids);
        var retention = ids.Length == 0 ? Retention(session, arguments) : null;
        var wait = _wait.Value(arguments);
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var book = session.KnownProofs(repository);
        Func<SnapshotListing, ForgetPlan> planner = retention is null
            ? new NamedRemoval(ids, arguments.GetValue(_force), book, session.Clock).Plan
            : new RetentionPlanner(retention, book, session.Clock).Plan;
        var progress = new OperationProgress();
        var notices = new List<string>();
        var prune = Prune(session, repository, arguments, progress);
        var run = new ForgetRun(repository, planner, session.Identity, session.Clock, progress, notices.Add) { Wait = wait, Prune = prune };
        ForgetPlan? shown = null;
        if (arguments.GetValue(_dryRun) || !arguments.GetValue(_yes))
        {
            shown = await session.ShowingAsync(progress, run.PlanAsync(cancellationToken));
            var isWanted = !arguments.GetValue(_dryRun) && (shown.Removals.Count > 0 || prune is not null);
            var freed = prune is null ? null : await session.ShowingAsync(progress, prune.PlanWithoutAsync(shown.Removals.Select(stored => stored.Id).ToHashSet(), cancellationToken));
            // A document has no room for a plan and a question.
            if (isWanted && (session.Screen.IsJson || !Prompt.IsPossible)) throw NobodyToAsk();
            ForgetReport.Show(session, shown);
            if (freed is not null) PruneReport.Print(session.Screen, freed);
            if (!isWanted) return Planned(session, shown, freed);
            if (!new Prompt(session.Screen, Console.In).Confirm(ForgetReport.Question(shown))) return session.Declined();
        }

        var title = ids.Length > 0 ? $"forget {HumanFormat.Count(ids.Length, "snapshot by its ID", "snapshots by their IDs")}" : "forget what the policy does not keep";
        var result = await session.ShowingAsync(
            progress, ForgetOperation.ExecuteAsync(session.Scope(wait), title, run, shown, progress, session.Clock, cancellationToken));
        foreach (var notice in notices) session.Screen.Notice(notice);
        if (shown is null) ForgetReport.Show(session, result.Plan);
        ForgetReport.ShowResult(session, result);
        ForgetReport.Print(session, result.Plan, result, notices);
        return result.IsPartial ? ExitCode.DoneInPart : ExitCode.Done;
    }

    private PruneJob? Prune(Session session, Repository repository, ParseResult arguments, OperationProgress progress)
    {
        if (!arguments.GetValue(_prune)) return null;
        var options = new PruneJobOptions
        {
            Prune = _repack.Read(arguments),
            Scope = session.Scope(TimeSpan.Zero),
            Identity = session.Identity,
            Folder = session.Address().Folder,
            Notice = session.Screen.Warning,
            Proofs = session.KnownProofs(repository),
            RemovesProven = arguments.GetValue(_force),
            Wait = _wait.Value(arguments),
        };
        return new PruneJob(repository, options, session.Clock, progress);
    }

    private static int Planned(Session session, ForgetPlan plan, PrunePlan? freed)
    {
        session.Screen.Line(plan.Removals.Count == 0
            ? "there is nothing to remove"
            : $"{HumanFormat.Count(plan.Removals.Count, "snapshot", "snapshots")} would be removed");
        ForgetReport.Print(session, plan, null, [], freed);
        return plan.Damaged.Count > 0 ? ExitCode.DoneInPart : ExitCode.Done;
    }

    private RetentionOptions Retention(Session session, ParseResult arguments)
    {
        var declared = Keep(session);
        var application = arguments.GetValue(_application) ?? SnapshotOptions.ApplicationOf(session);
        IReadOnlyList<string> tags = application is null ? arguments.GetValue(_tag) ?? [] : [.. arguments.GetValue(_tag) ?? [], ApplicationTag.Of(application)];
        return new RetentionOptions
        {
            Policy = _keep.IsGiven(arguments) ? _keep.Policy(arguments) : Declared(session, application),
            Safety = declared?.Safety ?? KeepDeclaration.DefaultSafety,
            Filter = new SnapshotFilter
            {
                Hosts = arguments.GetValue(_host) ?? [],
                Paths = [.. (arguments.GetValue(_path) ?? []).Select(path => FilePath.Absolute(path, session.CurrentDirectory).ToString())],
                TagSets = tags.Count == 0 ? [] : [tags],
            },
            Grouping = arguments.GetValue(_groupBy) is { } groupBy ? RetentionGrouping.Parse(groupBy) : RetentionGrouping.Default,
            AcceptsFuture = arguments.GetValue(_acceptFuture),
            AcceptsGap = arguments.GetValue(_acceptGap),
        };
    }

    /// <summary>The manifest's policy is of its own application and of no other.</summary>
    private static KeepPolicy Declared(Session session, string? application) =>
        session.Manifest?.Application is { } manifest && manifest.Application == application
            ? Keep(session)?.Policy ?? new()
            : new();

    /// <summary>What is declared of the repository, else of all.</summary>
    private static KeepDeclaration? Keep(Session session) => session.Manifest is { } manifest
        ? session.InUse.Declaration?.Keep ?? manifest.Application.Backup.Keep
        : null;

    private void RefuseContradictions(ParseResult arguments, string[] ids)
    {
        var others = (Option[])[_groupBy, _application, _host, _tag, _path, _acceptFuture, _acceptGap];
        if (ids.Length > 0 && (_keep.IsGiven(arguments) || others.Any(option => arguments.GetResult(option) is { Implicit: false })))
            throw new HoldfastException(FailureKind.Usage, "IDs say which snapshots are removed, so there is nothing to keep, group or choose by", "leave out either the IDs or the options");
        if (!arguments.GetValue(_prune) && _repack.IsGiven(arguments))
            throw new HoldfastException(FailureKind.Usage, "--max-unused and --max-repack-size are for a prune", "add --prune, or leave them out");
        if (ids.Length == 0 && arguments.GetValue(_force))
            throw new HoldfastException(FailureKind.Usage, "--force is for snapshots that are named by their IDs", "a policy never removes the last proven restore point");
    }

    private static HoldfastException NobodyToAsk() => new(
        FailureKind.Usage, "snapshots that are removed cannot be brought back, and there is nobody to ask", "see what it would do with --dry-run, then give --yes");
}
