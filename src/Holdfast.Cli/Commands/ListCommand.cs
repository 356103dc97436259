using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast list</c>: the snapshots, newest last, and which of them are proven.</summary>
internal sealed class ListCommand : ISessionCommand
{
    private const int PathsShown = 2;

    public Command Describe() => new("list", "List the snapshots and which of them are proven.");

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        foreach (var damaged in listing.Damaged) session.Screen.Warning(damaged.Why);
        var proofs = Proofs.Load(session, repository);
        IReadOnlyList<SnapshotListItem> items = [.. listing.Readable.Select(snapshot => SnapshotDocuments.Of(snapshot, proofs))];
        session.Screen.Json(items, CliJson.Default.IReadOnlyListSnapshotListItem);
        foreach (var line in Table(session, listing.Readable, proofs)) session.Screen.Line(line);
        return listing.Damaged.Count > 0 ? 1 : 0;
    }

    private static IEnumerable<string> Table(Session session, IReadOnlyList<StoredSnapshot> snapshots, Proofs proofs)
    {
        if (snapshots.Count == 0)
        {
            yield return "no snapshots yet: make one with `holdfast backup`";
            yield break;
        }

        var hostWidth = Width("HOST", snapshots.Select(stored => Printable.Line(stored.Snapshot.Hostname ?? string.Empty)));
        var tagsWidth = Width("TAGS", snapshots.Select(stored => Tags(stored.Snapshot)));
        yield return $"{"ID",-8}  {"TIME",-19}  {"HOST".PadRight(hostWidth)}  {"PROVEN",-7}  {"TAGS".PadRight(tagsWidth)}  PATHS";
        foreach (var (id, snapshot) in snapshots)
        {
            var time = HumanFormat.Time(snapshot.Time.ToDateTimeOffset(), session.Clock.LocalTimeZone);
            var host = Printable.Line(snapshot.Hostname ?? string.Empty).PadRight(hostWidth);
            yield return $"{id.Short}  {time}  {host}  {proofs.Word(id),-7}  {Tags(snapshot).PadRight(tagsWidth)}  {Paths(snapshot)}";
        }
    }

    private static int Width(string title, IEnumerable<string> cells) => Math.Max(title.Length, cells.Max(cell => cell.Length));

    /// <summary>What is incomplete stands out.</summary>
    private static string Tags(Snapshot snapshot) =>
        string.Join(',', snapshot.Tags.Select(tag => tag == IncompleteTag.Value ? "INCOMPLETE" : Printable.Line(tag)));

    private static string Paths(Snapshot snapshot)
    {
        var shown = string.Join(", ", snapshot.Paths.Take(PathsShown).Select(Printable.Line));
        return snapshot.Paths.Count > PathsShown ? $"{shown} and {snapshot.Paths.Count - PathsShown} more" : shown;
    }
}
