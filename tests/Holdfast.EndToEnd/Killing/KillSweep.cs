using System.Globalization;
using System.Text;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>
/// One command, killed again and again, each time from the same beginning and at another call. A plain test run takes a sample of the calls;
/// with HOLDFAST_KILL_SWEEP=full (bench/kill-sweep) it takes every one, and HOLDFAST_KILL_SWEEP_REPORT names a file for the outcome.
/// </summary>
/// <param name="name">Of the scenario, for the report.</param>
/// <param name="sample">How many calls a plain test run takes.</param>
internal sealed class KillSweep(string name, int sample)
{
    /// <summary>The calls on which most depends: these and the two after each are never left out of the sample.</summary>
    public Predicate<string> Critical { get; init; } = _ => false;

    private static bool IsFull => Environment.GetEnvironmentVariable("HOLDFAST_KILL_SWEEP") == "full";

    /// <param name="program">The traced program.</param>
    /// <param name="reset">Makes the beginning again.</param>
    /// <param name="arguments">The command.</param>
    /// <param name="verify">Looks at what a killed run left, whatever it was.</param>
    public async Task RunAsync(TracedProgram program, Func<Task> reset, string[] arguments, Func<TracedRun, Task> verify)
    {
        await reset();
        var clean = await program.RunAsync(killAt: null, arguments);
        clean.Program.Expect(0);
        await verify(clean);
        var points = Points(clean.Calls);
        var failures = new StringBuilder();
        var (killed, late) = (0, 0);
        foreach (var point in points)
        {
            await reset();
            var run = await program.RunAsync(point, arguments);
            if (run.WasKilled) killed++;
            if (run.WasTooLate) late++;
            try
            {
                if (!run.WasKilled) run.Program.Expect(0);
                await verify(run);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                failures.AppendLine(CultureInfo.InvariantCulture, $"killed at call {point} of {clean.Calls.Count}, {run.Calls[^1]}: {failure.Message}");
            }
        }

        await ReportAsync(clean.Calls, killed, late, failures.ToString());
        Assert.True(failures.Length == 0, failures.ToString());
        // The number of calls varies a little from run to run, so the last points may lie beyond the end.
        Assert.InRange(killed, points.Count * 3 / 4, points.Count);
    }

    /// <summary>All; or, spread evenly, some of those where something else begins or ends: of a hundred writes in a row one is as good as another.</summary>
    private List<int> Points(IReadOnlyList<string> calls)
    {
        if (IsFull) return [.. Enumerable.Range(1, calls.Count)];
        var names = calls.Select(call => call[..call.IndexOf('(', StringComparison.Ordinal)]).ToList();
        var turns = Enumerable.Range(0, names.Count).Where(i => i == 0 || i == names.Count - 1 || names[i] != names[i - 1] || names[i] != names[i + 1]).ToList();
        Assert.True(turns.Count >= sample, $"{name}: only {calls.Count} calls were counted");
        var spread = Enumerable.Range(0, sample).Select(i => turns[(int)Math.Round(i * (turns.Count - 1.0) / (sample - 1))]);
        var critical = Enumerable.Range(0, calls.Count).Where(i => Critical(calls[i])).SelectMany(i => new[] { i, i + 1, i + 2 }).Where(i => i < calls.Count);
        return [.. spread.Concat(critical).Distinct().Order().Select(i => i + 1)];
    }

    private async Task ReportAsync(IReadOnlyList<string> calls, int killed, int late, string failures)
    {
        if (Environment.GetEnvironmentVariable("HOLDFAST_KILL_SWEEP_REPORT") is not { Length: > 0 } path) return;
        var kinds = calls.GroupBy(call => call[..call.IndexOf('(', StringComparison.Ordinal)]).OrderBy(group => group.Key, StringComparer.Ordinal);
        var failed = failures.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => line.StartsWith("killed at", StringComparison.Ordinal));
        var row = $"| {name} | {calls.Count} | {killed} | {late} | {failed} | {string.Join(", ", kinds.Select(group => $"{group.Key} {group.Count()}"))} |\n";
        await File.AppendAllTextAsync(path, row, TestContext.Current.CancellationToken);
    }
}
