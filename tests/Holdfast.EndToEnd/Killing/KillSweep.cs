using System.Diagnostics;
using System.Globalization;
using System.Text;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>
/// One command, killed again and again, each time from the same beginning and at another call. A plain test run takes a sample of the calls;
/// with HOLDFAST_KILL_SWEEP=full or =every (bench/kill-sweep) it takes all that matter, or each, and says how far it is.
/// HOLDFAST_KILL_SWEEP_REPORT names a file for the outcome.
/// </summary>
/// <param name="name">Of the scenario, for the report.</param>
/// <param name="sample">How many calls a plain test run takes.</param>
internal sealed class KillSweep(string name, int sample)
{
    private const int CallsBetweenReports = 25;

    /// <summary>The calls on which most depends: these and the one after each are never left out of the sample, and the two after each are looked at closely.</summary>
    public Predicate<string> Critical { get; init; } = _ => false;

    private static string Mode => Environment.GetEnvironmentVariable("HOLDFAST_KILL_SWEEP") is { Length: > 0 } mode ? mode : "sample";

    /// <param name="program">The traced program.</param>
    /// <param name="reset">Makes the beginning again.</param>
    /// <param name="arguments">The command.</param>
    /// <param name="verify">Looks at what a killed run left, whatever it was.</param>
    public async Task RunAsync(TracedProgram program, Func<Task> reset, string[] arguments, Func<TracedRun, Task> verify)
    {
        var started = Stopwatch.GetTimestamp();
        await reset();
        var clean = await program.RunAsync(killAt: null, arguments);
        clean.Program.Expect(0);
        await verify(clean);
        var (turns, points) = Points(clean.Calls);
        var failures = new List<string>();
        var (killed, late) = (0, 0);
        foreach (var (index, point) in points.Index())
        {
            if (Mode != "sample" && index % CallsBetweenReports == 0) Say(index, points.Count, failures.Count, started);
            await reset();
            var run = await program.RunAsync(point, arguments) with { IsThorough = IsThorough(index, turns.Contains(point)) };
            if (run.WasKilled) killed++;
            if (run.WasTooLate) late++;
            try
            {
                if (!run.WasKilled) run.Program.Expect(0);
                await verify(run);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                failures.Add(string.Create(CultureInfo.InvariantCulture, $"killed at call {point} of {clean.Calls.Count}, {run.Calls[^1]}: {failure.Message}"));
                if (Mode != "sample") Console.Error.WriteLine($"kill sweep: {name}: {failures[^1]}");
            }
        }

        await ReportAsync(clean.Calls, killed, late, failures.Count, Stopwatch.GetElapsedTime(started));
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        // The number of calls varies a little from run to run, so the last points may lie beyond the end.
        Assert.InRange(killed, points.Count * 3 / 4, points.Count);
    }

    /// <summary>
    /// Which calls are killed, from 1, and at which of them is looked closely: those where something else begins or ends. Of a hundred writes in a
    /// row one is as good as another: a sample takes some of the turns, spread evenly; a full sweep takes all, and of the same call on the same file in a row the first two and the last.
    /// </summary>
    private (HashSet<int> Turns, List<int> Points) Points(IReadOnlyList<string> calls)
    {
        var (names, subjects) = (calls.Select(Name).ToList(), calls.Select(Subject).ToList());
        var turns = Where(names, i => i == 0 || i == names.Count - 1 || names[i] != names[i - 1] || names[i] != names[i + 1]);
        Assert.True(turns.Count >= sample, $"{name}: only {calls.Count} calls were counted");
        var critical = Where(names, i => Critical(calls[i])).SelectMany(i => new[] { i, i + 1, i + 2 }).Where(i => i < calls.Count).ToList();
        var always = Mode == "sample" ? critical.Where(i => Critical(calls[i]) || Critical(calls[i - 1])) : critical;
        IEnumerable<int> points = Mode switch
        {
            "every" => Where(names, _ => true),
            "full" => Where(subjects, i => i < 2 || i == calls.Count - 1 || subjects[i] != subjects[i - 1] || subjects[i] != subjects[i - 2] || subjects[i] != subjects[i + 1]),
            _ => Enumerable.Range(0, sample).Select(i => turns[(int)Math.Round(i * (turns.Count - 1.0) / (sample - 1))]),
        };
        return ([.. turns.Concat(critical).Select(i => i + 1)], [.. points.Concat(always).Distinct().Order().Select(i => i + 1)]);
    }

    // To look closely takes longer than to kill.
    private static bool IsThorough(int index, bool isTurn) => isTurn && index % (Mode switch { "every" => 1, "full" => 3, _ => 2 }) == 0;

    private static List<int> Where(List<string> of, Predicate<int> predicate) => [.. Enumerable.Range(0, of.Count).Where(i => predicate(i))];

    // The name and what comes first: a path, or a descriptor with its path.
    private static string Subject(string call) => call.Split(',')[0];

    private static string Name(string call) => call[..call.IndexOf('(', StringComparison.Ordinal)];

    // To the terminal at once: a full sweep takes many minutes.
    private void Say(int done, int all, int failed, long started) => Console.Error.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"kill sweep: {name}: {done} of {all}, {failed} failed, {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s"));

    private async Task ReportAsync(IReadOnlyList<string> calls, int killed, int late, int failed, TimeSpan duration)
    {
        if (Environment.GetEnvironmentVariable("HOLDFAST_KILL_SWEEP_REPORT") is not { Length: > 0 } path) return;
        var kinds = calls.GroupBy(Name).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key} {group.Count()}");
        var row = string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {Mode} | {calls.Count} | {killed} | {late} | {failed} | {duration.TotalSeconds:0} | {string.Join(", ", kinds)} |\n");
        await File.AppendAllTextAsync(path, row, TestContext.Current.CancellationToken);
    }
}
