using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Processes;

public sealed class GuardedProcessTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Ends_politely_and_with_all_that_was_started()
    {
        // The daemon leaves the group and the session; only its mark tells whose it is.
        await using var process = Start("trap 'echo polite >> said; exit 0' TERM; setsid sleep 300 & echo $! > daemon; while :; do sleep 0.05; done");
        await Conditions.Eventually("it runs", () => File.Exists(_temp["daemon"]) && File.ReadAllText(_temp["daemon"]).EndsWith('\n'));
        await process.EndAsync(Conditions.Deadline);
        Assert.Equal("polite\n", File.ReadAllText(_temp["said"]));
        Assert.Equal(0, process.TryExitCode());
        var daemon = int.Parse(File.ReadAllText(_temp["daemon"]), CultureInfo.InvariantCulture);
        await Conditions.Eventually("the daemon has ended", () => ProcessTable.Find(daemon) is null);
    }

    [Fact]
    public async Task Kills_what_does_not_listen()
    {
        await using var process = Start("trap '' TERM; touch ready; while :; do sleep 0.05; done");
        await Conditions.Eventually("it runs", () => File.Exists(_temp["ready"]));
        await process.EndAsync(TimeSpan.FromMilliseconds(100));
        Assert.Equal(128 + 9, process.TryExitCode());
    }

    [Fact]
    public async Task Tells_the_exit_code_and_keeps_the_output()
    {
        await using var process = Start("echo out; echo error >&2; cat; exit 3");
        await Conditions.Eventually("it has ended", () => process.TryExitCode() is not null);
        Assert.Equal(3, process.TryExitCode());
        Assert.Equal("out\nerror\n", File.ReadAllText(_temp["log"]));
    }

    [Fact]
    public async Task Ends_what_a_process_left_that_is_gone_and_nothing_else()
    {
        int gone;
        await using (var process = RunningProcess.Start("true", []))
        {
            gone = process.Id;
            await process.WaitForExitAsync();
        }

        await using var orphan = Sleep($"{ProcessMark.Create().Split('-')[0]}-{gone}-1-1");
        await using var elsewhere = Sleep($"1-{gone}-1-1");
        await using var owned = Sleep(ProcessMark.Create());
        await using var nonsense = Sleep("my own");
        await Conditions.Eventually("they run", () => ProcessTable.WithVariable(ProcessMark.Variable).Count(found => found.Process.Id is var id && (id == orphan.Id || id == elsewhere.Id || id == owned.Id || id == nonsense.Id)) == 4);

        ProcessMark.EndOrphans();

        await Conditions.Eventually("the orphan has ended", () => orphan.HasExited);
        Assert.False(elsewhere.HasExited || owned.HasExited || nonsense.HasExited);
    }

    [Fact]
    public void Says_that_a_working_directory_is_missing()
    {
        var error = Assert.Throws<HoldfastException>(() => DetachedProcess.Start(new DetachedProcessOptions { Program = "true", WorkingDirectory = FilePath.From("/nonexistent") }));
        Assert.Contains("/nonexistent", error.Message, StringComparison.Ordinal);
        Assert.Equal(FailureKind.NotFound, Assert.Throws<HoldfastException>(() => DetachedProcess.Start(new DetachedProcessOptions { Program = "no-such-program" })).Kind);
    }

    private static RunningProcess Sleep(string mark) =>
        RunningProcess.Start("sleep", ["300"], new Dictionary<string, string?> { [ProcessMark.Variable] = mark });

    private GuardedProcess Start(string script) => GuardedProcess.Start(
        new DetachedProcessOptions
        {
            Program = "/bin/sh",
            Arguments = ["-c", script],
            WorkingDirectory = FilePath.From(_temp.Path),
            Output = FilePath.From(_temp["log"]),
        },
        TimeProvider.System);
}
