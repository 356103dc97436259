using System.CommandLine;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary><c>holdfast list</c>: the snapshots, newest last, and which of them are proven. Reads no trees, so that it is quick.</summary>
internal sealed class ListCommand : ISessionCommand
{
    private readonly FilterOptions _filter = new();

    private readonly Option<string?> _after = new("--after") { Description = "Only what was made at or after this time.", HelpName = "TIME" };

    private readonly Option<int?> _limit = new("--limit") { Description = "Only the newest of them, this many.", HelpName = "NUMBER" };

    public bool WorksWithBrokenManifest => true;

    public Command Describe()
    {
        var command = new Command("list", "List the snapshots and which of them are proven.");
        _filter.AddTo(command);
        command.Options.Add(_after);
        command.Options.Add(_limit);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var limit = arguments.GetValue(_limit);
        if (limit < 1) throw new HoldfastException(FailureKind.Usage, "--limit is not a number above 0");
        var filter = _filter.Filter(session, arguments) with { After = arguments.GetValue(_after) is { } after ? FilterOptions.Time(session, after).Instant : null };
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        foreach (var damaged in listing.Damaged) session.Screen.Warning(damaged.Why);
        var proofs = Proofs.Load(session, repository);
        var snapshots = SnapshotOrder.OldestFirst(listing.Readable).Where(stored => filter.Matches(stored, one => proofs.IsProven(one))).ToList();
        if (limit is { } most && snapshots.Count > most) snapshots.RemoveRange(0, snapshots.Count - most);
        IReadOnlyList<SnapshotListItem> items = [.. snapshots.Select(snapshot => SnapshotDocuments.Of(snapshot, proofs))];
        session.Screen.Json(items, CliJson.Default.IReadOnlyListSnapshotListItem);
        if (snapshots.Count > 0) session.Screen.Line(SnapshotTable.Of(snapshots, proofs, session.Clock.LocalTimeZone));
        else session.Screen.Line(listing.Readable.Count == 0 ? "no snapshots yet: make one with `holdfast backup`" : "no snapshot is like that: `holdfast list` without options shows all");
        return listing.Damaged.Count > 0 ? ExitCode.Bad : ExitCode.Done;
    }
}
