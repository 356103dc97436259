using System.Diagnostics;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Processes;

public sealed class ChildProcessTests
{
    private static readonly ChildProcess Runner = new(TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gives_arguments_environment_and_input_as_they_are()
    {
        var result = await Runner.RunAsync(
            Shell("printf '%s|' \"$@\" \"$ADDED\" \"${REMOVED-unset}\"; cat; echo problem >&2; exit 7", "sh", "a b", "$HOME; *", "") with
            {
                Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["ADDED"] = "x y", ["REMOVED"] = null },
                Input = new byte[] { 0, 255, 10 },
            },
            Cancellation);

        Assert.Equal(7, result.ExitCode);
        Assert.Equal([.. "a b|$HOME; *||x y|unset|"u8, 0, 255, 10], result.Output.ToArray());
        Assert.Equal("problem\n", result.ErrorText);
        Assert.False(result.OutputWasCut || result.ErrorWasCut);
    }

    [Fact]
    public async Task Cuts_output_at_the_limit_without_holding_the_program_up()
    {
        var result = await Runner.RunAsync(Shell("head -c 3000000 /dev/zero; echo done >&2") with { OutputLimit = 1000 }, Cancellation);
        Assert.Equal((1000, true, "done\n", false), (result.Output.Length, result.OutputWasCut, result.ErrorText, result.ErrorWasCut));
    }

    [Fact]
    public async Task Does_not_mind_a_program_that_ignores_its_input()
    {
        var result = await Runner.RunAsync(Shell("exit 0") with { Input = new byte[1_000_000] }, Cancellation);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task Says_which_program_is_missing()
    {
        var e = await Assert.ThrowsAsync<HoldfastException>(
            () => Runner.RunAsync(new ChildProcessOptions { Program = "/nonexistent/\u001b[1mprogram" }, Cancellation));
        Assert.Equal(FailureKind.NotFound, e.Kind);
        Assert.Contains("\\x1b[1mprogram", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_it_is_the_working_directory_that_is_missing()
    {
        var e = await Assert.ThrowsAsync<HoldfastException>(
            () => Runner.RunAsync(Shell("true") with { WorkingDirectory = "/nonexistent/directory" }, Cancellation));
        Assert.Contains("/nonexistent/directory", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kills_everything_it_started_on_timeout()
    {
        using var temp = new TempDirectory();
        var time = new TriggeredTime();
        var options = WithGrandchild(temp) with { Timeout = TimeSpan.FromSeconds(30) };
        var run = new ChildProcess(time).RunAsync(options, Cancellation);
        await Conditions.Eventually("the grandchild has started", () => File.Exists(temp["pid"]));
        time.Fire();
        var e = await Assert.ThrowsAsync<HoldfastException>(() => run);
        Assert.Contains("within 30 s", e.Message, StringComparison.Ordinal);
        await AssertGoneAsync(temp["pid"]);
    }

    [Fact]
    public async Task Kills_everything_it_started_when_cancelled()
    {
        using var temp = new TempDirectory();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var run = Runner.RunAsync(WithGrandchild(temp), stop.Token);
        await Conditions.Eventually("the child has started", () => File.Exists(temp["pid"]));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await AssertGoneAsync(temp["pid"]);
    }

    [Fact]
    public async Task Does_not_wait_for_a_daemon_that_keeps_the_output_open()
    {
        var result = await new ChildProcess(new HurriedTime()).RunAsync(Shell("sleep 60 & echo $!"), Cancellation);
        using var daemon = Process.GetProcessById(int.Parse(result.OutputText, System.Globalization.CultureInfo.InvariantCulture));
        Assert.False(daemon.HasExited);
        daemon.Kill();
        Assert.True(result.OutputWasCut);
    }

    private static ChildProcessOptions WithGrandchild(TempDirectory temp) =>
        Shell("sleep 300 & echo $! > pid.tmp; mv pid.tmp pid; wait") with { WorkingDirectory = temp.Path };

    private static ChildProcessOptions Shell(string script, params string[] arguments) =>
        new() { Program = "sh", Arguments = ["-c", script, .. arguments] };

    private static Task AssertGoneAsync(string pidFile)
    {
        var status = $"/proc/{File.ReadAllText(pidFile).Trim()}/stat";
        // Killed is gone or waiting to be reaped by whoever adopted it.
        return Conditions.Eventually("the grandchild is gone", () =>
        {
            try
            {
                return File.ReadAllText(status).Contains(") Z ", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return true;
            }
        });
    }

    /// <summary>A clock whose timers fire in a fifth of the time.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 5 : dueTime, period);
    }

    /// <summary>A clock whose timers fire when told.</summary>
    private sealed class TriggeredTime : TimeProvider
    {
        private readonly List<Action> _callbacks = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != Timeout.InfiniteTimeSpan) _callbacks.Add(() => callback(state));
            return base.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void Fire() => _callbacks.ForEach(callback => callback());
    }
}
