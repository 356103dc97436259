using System.Text;

namespace Holdfast.Bench.Peers;

/// <summary>The page of results. What a person wrote below the heading about causes stays when it is measured again.</summary>
internal static class ResultsPage
{
    private const string Causes = "## Where a target is missed, and why";

    public static string Write(PeersReport report, string? old)
    {
        var page = new StringBuilder();
        page.Append("# Holdfast beside restic and borg\n\nWritten by `bench/peers`; how it measures is in [README.md](README.md).\n\n");
        WriteTargets(page, report);
        WriteJobs(page, report);
        WriteLarge(page, report);
        WriteWriters(page, report);
        WriteConditions(page, report);
        var kept = old?.IndexOf(Causes, StringComparison.Ordinal) ?? -1;
        page.Append(kept >= 0 ? old![kept..] : Missed(report));
        return page.ToString();
    }

    private static void WriteTargets(StringBuilder page, PeersReport report)
    {
        page.Append("## Numbers to reach\n\n| job | restic | Holdfast | ratio | target | |\n|---|--:|--:|--:|--:|---|\n");
        foreach (var target in Targets.Of(report))
            page.Append($"| {target.Job} | {target.Peer} | {target.Holdfast} | {target.ValueText} | {target.LimitText} | {target.Verdict} |\n");
        page.Append('\n');
    }

    private static void WriteJobs(StringBuilder page, PeersReport report)
    {
        page.Append("## Every tool, every job\n\nMedian wall time (least to most), processor time of all threads (median), largest peak memory.\n\n");
        page.Append("| job | tool | wall | processor | peak memory | repository |\n|---|---|--:|--:|--:|--:|\n");
        foreach (var result in report.Tools) Row("first backup", result, run => run.First, Text.Bytes(result.Bytes(run => run.Stored)));
        foreach (var result in report.Tools) Row("backup after the change", result, run => run.Changed, "+ " + Text.Bytes(result.Bytes(run => run.Added)));
        foreach (var result in report.Tools)
        {
            for (var way = 0; way < result.Tool.Restores.Count; way++)
            {
                var index = way;
                Row($"`{result.Tool.Restores[way].Label}`", result, run => run.Restores[index], string.Empty);
            }
        }

        page.Append('\n');

        void Row(string job, ToolResult result, Func<ToolRun, Measurement> number, string size)
        {
            var (least, most) = (result.Runs.Min(run => number(run).Seconds), result.Runs.Max(run => number(run).Seconds));
            page.Append($"| {job} | {result.Tool.Name} | {Text.Seconds(result.Seconds(number))} ({Text.Format($"{least:F2}–{most:F2}")}) ");
            page.Append($"| {Text.Seconds(result.Runs.Select(run => number(run).CpuSeconds).Median())} | {Text.Bytes(result.PeakBytes(number))} | {size} |\n");
        }
    }

    private static void WriteLarge(StringBuilder page, PeersReport report)
    {
        if (report.Large is not { } large) return;
        page.Append($"## A large database: {Text.Bytes(large.Size)}, of which {Text.Bytes(report.Options.SparseRows)} are rows and the rest free pages\n\n");
        page.Append("| job (Holdfast, one run) | wall | processor | peak memory |\n|---|--:|--:|--:|\n");
        foreach (var (job, one) in new[] { ($"first backup, {Text.Bytes(large.Stored)} stored", large.First), ("backup again", large.Again), ("restore", large.Restore) })
            page.Append($"| {job} | {Text.Seconds(one.Seconds)} | {Text.Seconds(one.CpuSeconds)} | {Text.Bytes(one.PeakBytes)} |\n");
        page.Append('\n');
    }

    private static void WriteWriters(StringBuilder page, PeersReport report)
    {
        if (report.Writers.Count == 0) return;
        page.Append("## A live writer, 200 small transactions a second\n\n");
        page.Append("| synchronous | | transactions | p50 | p99 | longest |\n|---|---|--:|--:|--:|--:|\n");
        foreach (var writer in report.Writers)
        {
            foreach (var (when, latencies) in new[] { ("idle", writer.Idle), ($"during {writer.Backups} first backups", writer.During) })
            {
                page.Append($"| {writer.Synchronous} | {when} | {latencies.Count} | {Text.Milliseconds(latencies.Median)} ");
                page.Append($"| {Text.Milliseconds(latencies.P99)} | {Text.Milliseconds(latencies.Max)} |\n");
            }
        }

        page.Append('\n');
    }

    private static void WriteConditions(StringBuilder page, PeersReport report)
    {
        page.Append("## Conditions\n\n| | |\n|---|---|\n");
        foreach (var (what, value) in report.Machine.Lines) page.Append($"| {what} | {value} |\n");
        page.Append($"| database | {Text.Bytes(report.Change.Pages * (double)Databases.AppSchema.PageSize)}, {report.Change.Pages} pages; the change touches {report.Change.Changed} of them |\n");
        page.Append($"| runs | {report.Options.Runs} of each tool by turns, each from an empty repository |\n");
        page.Append($"| a copy by `sqlite3 .backup` | {Text.Seconds(report.PreparedBy)}; restic and borg need one of a live database; it is not counted |\n\n");
    }

    private static string Missed(PeersReport report)
    {
        var missed = Targets.Of(report).Where(target => !target.Met).Select(target => $"- {target.Job}: {target.Verdict}.\n").ToList();
        return Causes + "\n\n" + (missed.Count == 0 ? "None is missed.\n" : string.Concat(missed));
    }
}
