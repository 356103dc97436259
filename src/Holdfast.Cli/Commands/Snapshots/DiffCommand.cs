using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Comparisons;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary><c>holdfast diff [A [B]]</c>: what is different between two snapshots.</summary>
internal sealed class DiffCommand : ISessionCommand
{
    private readonly Argument<string?> _from = new("A")
    {
        Description = "The older snapshot; without it, the one before B of the same application.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Argument<string?> _to = new("B")
    {
        Description = "The newer snapshot; without it, the one that the options say, else the latest.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly SnapshotOptions _which = new();

    public bool WorksWithBrokenManifest => true;

    public Command Describe()
    {
        var command = new Command("diff", "Show what is different between two snapshots: files, bytes, tables and rows.");
        command.Arguments.Add(_from);
        command.Arguments.Add(_to);
        _which.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        using var found = await _which.FindAsync(session, arguments, arguments.GetValue(_to), cancellationToken);
        var (at, repository, listing, current) = found;
        var old = arguments.GetValue(_from) is { } from
            ? SnapshotOptions.Named(at, listing, from)
            : PreviousSnapshot.Of(current, listing.Readable) ?? throw First(current);
        var comparison = new SnapshotComparison(new BlobReader(repository, await repository.LoadIndexAsync(cancellationToken)), old.Snapshot, current.Snapshot);
        using var output = session.Screen.OpenLongOutput();
        output.Line($"from {old.Id.Short} of {Time(session, old)} to {current.Id.Short} of {Time(session, current)}");
        await PrintAsync(output, comparison, cancellationToken);
        output.Line(DiffReport.Summary(comparison.Totals));
        output.Json(DiffReport.Document(old, current, comparison), CliJson.Default.DiffSummaryDocument);
        output.Flush();
        foreach (var problem in comparison.Problems) session.Screen.Warning(problem);
        return comparison.Problems.Count > 0 ? ExitCode.Bad : ExitCode.Done;
    }

    private static async Task PrintAsync(LongOutput output, SnapshotComparison comparison, CancellationToken cancellationToken)
    {
        await foreach (var change in comparison.ChangesAsync(cancellationToken))
        {
            output.Line(DiffReport.Line(change));
            output.Json(DiffReport.Document(change), CliJson.Default.DiffChangeDocument);
        }

        foreach (var database in (await comparison.DatabasesAsync(cancellationToken)).Where(database => !database.IsSameInNumbers))
        {
            foreach (var line in DiffReport.Lines(database)) output.Line(line);
            output.Json(DiffReport.Document(database), CliJson.Default.DiffDatabaseDocument);
        }
    }

    private static string Time(Session session, StoredSnapshot stored) => HumanFormat.Time(stored.Snapshot.Time.ToDateTimeOffset(), session.Clock.LocalTimeZone);

    private static HoldfastException First(StoredSnapshot stored) => new(
        FailureKind.NotFound, $"there is no snapshot of the same application and host before {stored.Id.Short}", "name the one to compare with: `holdfast diff A B`");
}
