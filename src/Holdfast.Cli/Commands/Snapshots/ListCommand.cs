using System.CommandLine;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Copying;
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
        using var destinations = Destinations.Of(session);
        await destinations.Set.OpenAsync(cancellationToken);
        var listed = await ReadAsync(destinations, cancellationToken);
        foreach (var damaged in listed.SelectMany(one => one.Listing.Damaged)) session.Screen.Warning(damaged.Why);
        var all = SpreadSnapshots.Of(listed.Select(one => (one, one.Listing.Readable)));
        var snapshots = all.Select(spread => new ListedSnapshot(spread)).Where(one => one.Matches(filter)).ToList();
        if (limit is { } most && snapshots.Count > most) snapshots.RemoveRange(0, snapshots.Count - most);
        IReadOnlyList<SnapshotListItem> items = [.. snapshots.Select(one => one.Document(destinations.AreSeveral))];
        session.Screen.Json(items, CliJson.Default.IReadOnlyListSnapshotListItem);
        if (snapshots.Count > 0) session.Screen.Line(SnapshotTable.Of(snapshots, destinations.AreSeveral, session.Clock.LocalTimeZone));
        else session.Screen.Line(all.Count == 0 ? "no snapshots yet: make one with `holdfast backup`" : "no snapshot is like that: `holdfast list` without options shows all");
        if (listed.Any(one => one.Listing.Damaged.Count > 0)) return ExitCode.Bad;
        return listed.Count < destinations.Set.All.Count ? ExitCode.DoneInPart : ExitCode.Done;
    }

    /// <summary>Those that can be read; what is wrong with the others is told.</summary>
    private static async Task<IReadOnlyList<ListedRepository>> ReadAsync(Destinations destinations, CancellationToken cancellationToken)
    {
        var read = await destinations.Set.OnEachAsync(
            async (one, repository) => new ListedRepository(
                one.Name, await SnapshotFiles.LoadAllAsync(repository, cancellationToken), Proofs.Load(destinations[one], repository)));
        return [.. read.Select(one => one.Result)];
    }
}
