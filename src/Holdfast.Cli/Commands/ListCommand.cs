using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast list</c>: the snapshots, newest last, and which of them are proven.</summary>
internal sealed class ListCommand : ISessionCommand
{
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

        var hostWidth = Math.Max(4, snapshots.Max(snapshot => Printable.Line(snapshot.Snapshot.Hostname ?? string.Empty).Length));
        yield return $"{"ID",-8}  {"TIME",-19}  {"HOST".PadRight(hostWidth)}  {"PROVEN",-7}  PATHS";
        foreach (var (id, snapshot) in snapshots)
        {
            var time = HumanFormat.Time(snapshot.Time.ToDateTimeOffset(), session.Clock.LocalTimeZone);
            var host = Printable.Line(snapshot.Hostname ?? string.Empty).PadRight(hostWidth);
            yield return $"{id.Short}  {time}  {host}  {proofs.Word(id),-7}  {string.Join(", ", snapshot.Paths.Select(Printable.Line))}";
        }
    }
}
