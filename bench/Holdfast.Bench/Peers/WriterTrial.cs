using Holdfast.Bench.Writers;

namespace Holdfast.Bench.Peers;

/// <summary>
/// A live writer's latencies, by turns alone and during a first backup of the database it writes into. Each round starts from the same
/// database, and idle rounds last as long as the backups, so that both have the same share of checkpoints.
/// </summary>
internal static class WriterTrial
{
    private const double PerSecond = 200;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public static async Task<WriterResult> RunAsync(BackupTool holdfast, string first, string live, string synchronous, int rounds)
    {
        var (idle, during) = (new List<double>(), new List<double>());
        var lasted = TimeSpan.FromSeconds(5);
        for (var round = 0; round < rounds; round++)
        {
            await StartOverAsync(first, live);
            idle.AddRange(await WriteWhileAsync(live, synchronous, round, () => Task.Delay(lasted)));

            await StartOverAsync(first, live);
            WorkFiles.Empty(holdfast.Directory);
            await MeasuredProgram.RunAsync(holdfast.Initialize);
            await WorkFiles.SettleAsync();
            during.AddRange(await WriteWhileAsync(live, synchronous, round, async () =>
            {
                var backup = await MeasuredProgram.MeasureAsync(holdfast.Backup(live, "live"));
                lasted = TimeSpan.FromSeconds(Math.Max(5, backup.Seconds));
            }));
        }

        WorkFiles.Empty(holdfast.Directory);
        return new(synchronous, rounds, new(idle), new(during));
    }

    // A new inode without a log: nothing of the last round is left.
    private static async Task StartOverAsync(string first, string live)
    {
        WorkFiles.Empty(Path.GetDirectoryName(live)!);
        await WorkFiles.PlaceAsync(first, live);
        WorkFiles.Warm(live);
    }

    /// <summary>The latencies in milliseconds of the transactions that were due while the work was done.</summary>
    private static async Task<IEnumerable<double>> WriteWhileAsync(string live, string synchronous, int round, Func<Task> work)
    {
        using var writer = new PacedWriter(live, new(PerSecond, synchronous, (ulong)round));
        using var stop = new CancellationTokenSource();
        var writing = Task.Factory.StartNew(() => writer.Run(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.Delay(WarmUp);
        var from = MonotonicClock.Now();
        try
        {
            await work();
        }
        finally
        {
            await stop.CancelAsync();
        }

        var to = MonotonicClock.Now();
        return (await writing).Where(one => one.Due >= from && one.Due < to).Select(one => one.Latency / 1e6);
    }
}
