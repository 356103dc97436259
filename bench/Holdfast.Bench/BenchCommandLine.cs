using Holdfast.Bench.Databases;
using Holdfast.Bench.Histories;
using Holdfast.Bench.Peers;
using Holdfast.Bench.Writers;
using Holdfast.Restic.Failures;
using Microsoft.Data.Sqlite;

namespace Holdfast.Bench;

/// <summary>One sub-command a job; each prints what it found.</summary>
internal static class BenchCommandLine
{
    private const string Usage = """
        usage: Holdfast.Bench COMMAND
          generate FILE [--size 1GiB] [--seed 1]
              a realistic SQLite database
          change FILE [--percent 1] [--seed 2]
              changes that share of its pages at random, in place
          generate-sparse FILE [--size 20GiB] [--rows 1GiB] [--seed 1]
              a large database that takes little disk
          writer FILE [--seconds 30] [--rate 200] [--synchronous NORMAL] [--seed 3]
              a live writer; its latencies
          history DIR [--snapshots 10000]
              a repository of that many snapshots with nothing behind them; its passphrase is in HOLDFAST_PASSPHRASE
          peers [--size 1GiB] [--sparse 20GiB] [--runs 3] [--writer-rounds 6] [--work DIR] [--results FILE]
              restic, borg and Holdfast side by side; bench/peers installs and builds what this needs
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            var options = BenchOptions.Parse(arguments);
            var job = Job(options);
            options.RejectUnused();
            Console.WriteLine(await job());
            return 0;
        }
        catch (UsageException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message.Length == 0 ? Usage : wrong.Message + Environment.NewLine + Usage);
            return 2;
        }
        catch (Exception failure) when (failure is HoldfastException or SqliteException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }

    /// <summary>What to do, with all options read, so that a wrong one is found before an hour of work and not after it.</summary>
    private static Func<Task<string>> Job(BenchOptions options)
    {
        switch (options.Command)
        {
            case "generate": return Generate(options.File, options.Size("--size", "1GiB"), options.Seed("1"));
            case "change": return Change(options.File, options.Number("--percent", "1"), options.Seed("2"));
            case "generate-sparse":
                return GenerateSparse(options.File, options.Size("--size", "20GiB"), options.Size("--rows", "1GiB"), options.Seed("1"));
            case "writer":
                var writer = new PacedWriterOptions(options.Number("--rate", "200"), options.Text("--synchronous", "NORMAL"), options.Seed("3"));
                return Write(options.File, writer, TimeSpan.FromSeconds(options.Number("--seconds", "30")));
            case "history":
                var (folder, snapshots) = (options.File, (int)options.Number("--snapshots", "10000"));
                return () => History(folder, snapshots);
            case "peers":
                var peers = PeersOptions.From(options);
                return () => PeersBenchmark.RunAsync(peers, TimeProvider.System);
            default: throw new UsageException(string.Empty);
        }
    }

    private static async Task<string> History(string folder, int snapshots)
    {
        var passphrase = Environment.GetEnvironmentVariable("HOLDFAST_PASSPHRASE") ?? throw new UsageException("HOLDFAST_PASSPHRASE is not set");
        await SnapshotHistory.GenerateAsync(folder, snapshots, passphrase, CancellationToken.None);
        return Text.Format($"{snapshots} snapshots");
    }

    private static Func<Task<string>> Generate(string file, long size, ulong seed) => () =>
    {
        var result = AppDatabase.Generate(file, size, seed);
        return Task.FromResult(Text.Format($"{result.Pages} pages, {result.Rows} rows, {result.Elapsed.TotalSeconds:F1} s"));
    };

    private static Func<Task<string>> Change(string file, double percent, ulong seed) => () =>
    {
        var result = PageChange.Execute(file, percent, seed);
        var share = 100.0 * result.ChangedPages / result.Pages;
        return Task.FromResult(Text.Format($"{result.ChangedPages} of {result.Pages} pages changed ({share:F2} %) by {result.Updates} updates"));
    };

    private static Func<Task<string>> GenerateSparse(string file, long size, long rows, ulong seed) => () =>
    {
        var used = AppDatabase.Generate(file, rows, seed);
        var pages = FreePages.Append(file, size);
        return Task.FromResult(Text.Format($"{pages} pages, {used.Pages} of them in use by {used.Rows} rows, the others free"));
    };

    private static Func<Task<string>> Write(string file, PacedWriterOptions options, TimeSpan duration) => () =>
    {
        using var writer = new PacedWriter(file, options);
        using var stop = new CancellationTokenSource(duration);
        var transactions = writer.Run(stop.Token);
        return Task.FromResult(new Latencies(transactions.Select(one => one.Latency / 1e6)).ToString());
    };
}
