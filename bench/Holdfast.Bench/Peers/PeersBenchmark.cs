using Holdfast.Bench.Databases;
using Holdfast.Engine.Files;

namespace Holdfast.Bench.Peers;

/// <summary>Measures restic, borg and Holdfast side by side and writes the page of results.</summary>
internal static class PeersBenchmark
{
    public static async Task<string> RunAsync(PeersOptions options, TimeProvider clock)
    {
        Directory.CreateDirectory(options.Work);
        var free = FreeSpace.At(FilePath.From(options.Work));
        if (free < (ulong)options.NeededBytes)
            throw new IOException($"{options.Work} needs {Text.Bytes(options.NeededBytes)} free, and has {Text.Bytes(free)}");

        var samples = Prepare(options);
        Say("describing the machine");
        var machine = await Machine.DescribeAsync(options, samples.First, clock);
        var change = new PageShare(PageFingerprints.Of(samples.First).DifferencesTo(PageFingerprints.Of(samples.Changed)), PageFingerprints.Of(samples.First).Count);
        var prepared = await CopyAsync(options, samples);
        var tools = await CompareAsync(options, samples);
        var holdfast = tools[^1].Tool;
        var report = new PeersReport(
            options, machine, change, prepared, tools, await MeasureLargeAsync(options, holdfast), await MeasureWritersAsync(options, samples, holdfast));
        var page = ResultsPage.Write(report, File.Exists(options.Results) ? await File.ReadAllTextAsync(options.Results) : null);
        await File.WriteAllTextAsync(options.Results, page);
        return string.Join('\n', Targets.Of(report).Select(target => target.ToString())) + $"\nwrote {options.Results}";
    }

    private static Samples Prepare(PeersOptions options)
    {
        Say("making the databases");
        var name = Path.Combine(options.Work, $"app-{options.Size >> 20}MiB");
        var first = WorkFiles.Prepare(name + ".db", path => AppDatabase.Generate(path, options.Size, 1));
        var changed = WorkFiles.Prepare(name + "-changed.db", path =>
        {
            File.Copy(first, path);
            PageChange.Execute(path, 1, 2);
        });
        return new(first, changed, Path.Combine(options.Work, "source", "app.db"));
    }

    /// <summary>What the peers need first when the application is running: a consistent copy.</summary>
    private static async Task<double> CopyAsync(PeersOptions options, Samples samples)
    {
        var copy = Path.Combine(options.Work, "copy.db");
        var seconds = new List<double>();
        for (var run = 0; run < options.Runs; run++)
        {
            File.Delete(copy);
            await WorkFiles.SettleAsync();
            var program = new ProgramRun("sqlite3", [samples.First, $".backup {copy}"], options.Work, new Dictionary<string, string>(StringComparer.Ordinal));
            seconds.Add((await ToolTrial.MeasureAsync(program, samples.First)).Seconds);
        }

        File.Delete(copy);
        return seconds.Median();
    }

    private static async Task<IReadOnlyList<ToolResult>> CompareAsync(PeersOptions options, Samples samples)
    {
        BackupTool[] tools =
        [
            BackupTool.Restic(options.Work), BackupTool.Borg(options.Work, "lz4"), BackupTool.Borg(options.Work, "zstd,3"),
            BackupTool.Holdfast(options.Work, options.Program),
        ];
        var runs = tools.ToDictionary(tool => tool, _ => new List<ToolRun>());
        for (var run = 1; run <= options.Runs; run++)
        {
            // By turns, so that a slower minute of the machine does not hit one tool alone.
            foreach (var tool in tools)
            {
                Say($"run {run} of {options.Runs}: {tool.Name}");
                runs[tool].Add(await ToolTrial.RunAsync(tool, samples, Path.Combine(options.Work, "restored")));
            }
        }

        return [.. tools.Select(tool => new ToolResult(tool, runs[tool]))];
    }

    private static async Task<LargeResult?> MeasureLargeAsync(PeersOptions options, BackupTool holdfast)
    {
        if (options.SparseSize == 0) return null;
        Say("the large database");
        var database = WorkFiles.Prepare(Path.Combine(options.Work, $"sparse-{options.SparseSize >> 20}MiB.db"), path =>
        {
            AppDatabase.Generate(path, options.SparseRows, 1);
            FreePages.Append(path, options.SparseSize);
        });
        return await LargeTrial.RunAsync(holdfast, database, Path.Combine(options.Work, "restored"));
    }

    private static async Task<IReadOnlyList<WriterResult>> MeasureWritersAsync(PeersOptions options, Samples samples, BackupTool holdfast)
    {
        var results = new List<WriterResult>();
        if (options.WriterRounds == 0) return results;
        foreach (var synchronous in new[] { "NORMAL", "FULL" })
        {
            Say($"the live writer, synchronous={synchronous}");
            var live = Path.Combine(options.Work, "live", "app.db");
            results.Add(await WriterTrial.RunAsync(holdfast, samples.First, live, synchronous, options.WriterRounds));
            Directory.Delete(Path.GetDirectoryName(live)!, recursive: true);
        }

        return results;
    }

    private static void Say(string what) => Console.Error.WriteLine("peers: " + what);
}
