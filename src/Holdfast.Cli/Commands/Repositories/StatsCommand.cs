using System.CommandLine;
using System.Globalization;
using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Statistics;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary><c>holdfast stats</c>: what the repository holds and what that takes.</summary>
internal sealed class StatsCommand : ISessionCommand
{
    private readonly Option<bool> _noLock = new("--no-lock")
    {
        Description = "Take no lock: for a repository that cannot be written to. Nothing may prune it meanwhile.",
    };

    public Command Describe()
    {
        var command = new Command("stats", "Say what the repository holds, what that takes, and what each snapshot alone takes.");
        command.Options.Add(_noLock);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var progress = new OperationProgress();
        var run = new StatisticsRun(repository, new StatisticsOptions { StepBegins = step => progress.Begin(step), TreeDone = progress.AddItem });
        var work = arguments.GetValue(_noLock)
            ? run.ExecuteAsync(cancellationToken)
            : new LockedWork(repository, exclusive: false, session.Identity, session.Clock, session.Screen.Warning).RunAsync(run.ExecuteAsync, cancellationToken);
        var result = await session.ShowingAsync(progress, work);
        foreach (var damaged in result.Damaged) session.Screen.Warning(damaged.Why);
        Print(session, result);
        session.Screen.Json(Document(result), CliJson.Default.StatisticsDocument);
        return result.Damaged.Count > 0 ? ExitCode.Bad : ExitCode.Done;
    }

    private static void Print(Session session, StatisticsResult result)
    {
        var screen = session.Screen;
        screen.Line("snapshot  time                      files    restored   only in it");
        foreach (var one in result.Snapshots)
        {
            var time = HumanFormat.Time(one.Snapshot.Snapshot.Time.ToDateTimeOffset(), session.Clock.LocalTimeZone);
            screen.Line($"{one.Snapshot.Id.Short}  {time}  {Count(one.Files),10}  {HumanFormat.Size(one.RestoredBytes),10}   {HumanFormat.Size(one.UniqueBytes),10}");
        }

        screen.Line();
        screen.Line($"{HumanFormat.Count(result.Snapshots.Count, "snapshot", "snapshots")} with {HumanFormat.Count(result.Files, "file", "files")} in all; restoring each would write {HumanFormat.Size(result.RestoredBytes)}");
        screen.Line($"stored of them: {HumanFormat.Size(result.StoredBytes)} in {HumanFormat.Count(result.DataBlobs + result.TreeBlobs, "piece", "pieces")}{Ratios(result)}");
        screen.Line($"the repository takes {HumanFormat.Size(result.RepositoryBytes)} in {HumanFormat.Count(result.Packs, "pack", "packs")}; {HumanFormat.Size(result.UnneededBytes)} of it is needed by no snapshot");
    }

    private static string Ratios(StatisticsResult result) => result is { DeduplicationRatio: { } equal, CompressionRatio: { } compressed }
        ? string.Create(CultureInfo.InvariantCulture, $" (equal pieces stored once: {equal:0.0}×; compressed: {compressed:0.0}×)")
        : string.Empty;

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static StatisticsDocument Document(StatisticsResult result) => new(
        result.Snapshots.Count,
        result.Files,
        result.RestoredBytes,
        result.DataBlobs,
        result.TreeBlobs,
        result.PlainBytes,
        result.StoredBytes,
        result.UnneededBytes,
        result.Packs,
        result.RepositoryBytes,
        result.DeduplicationRatio,
        result.CompressionRatio,
        [.. result.Snapshots.Select(one => new SnapshotStatisticsDocument(
            one.Snapshot.Id.ToString(), one.Snapshot.Snapshot.Time.ToString(), one.Snapshot.Snapshot.Hostname, one.Files, one.RestoredBytes, one.UniqueBytes))]);
}
