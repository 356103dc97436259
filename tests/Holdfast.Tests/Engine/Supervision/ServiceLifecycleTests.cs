using Holdfast.Engine.Manifest;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Supervision;

public sealed class ServiceLifecycleTests : IDisposable
{
    private readonly SampleShop _shop = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData("commands")]
    [InlineData("commands in the foreground")]
    [InlineData("commands without a status")]
    [InlineData("process")]
    public async Task Takes_an_application_down_and_up_as_a_new_process(string form)
    {
        var service = form switch
        {
            "commands" => Declared.Commands(_shop),
            "commands in the foreground" => Declared.Commands(_shop, foreground: true),
            "commands without a status" => Declared.Commands(_shop, status: false),
            _ => Declared.Process(_shop),
        };
        await using var old = await _shop.RunAsync();
        var lifecycle = Lifecycle(service);

        var before = await lifecycle.ObserveAsync(Token);
        await lifecycle.StopAndConfirmAsync(before, Token);
        Assert.True(before.WasRunning);
        Assert.Null(await _shop.AnswerAsync());
        await lifecycle.StopAndConfirmAsync(before, Token);

        var start = await lifecycle.StartAndConfirmAsync(before, Token);
        Assert.True(start.Started);
        Assert.True(start.Health!.IsGood);
        Assert.NotEqual(old.Id, _shop.ProcessId);
        Assert.Contains($"pid={_shop.ProcessId} ", await _shop.AnswerAsync(), StringComparison.Ordinal);
        Assert.True((await lifecycle.StartAndConfirmAsync(before, Token)).Started);
    }

    [Fact]
    public async Task Leaves_an_application_stopped_that_was_stopped_before()
    {
        var lifecycle = Lifecycle(Declared.Process(_shop));
        var before = await lifecycle.ObserveAsync(Token);
        await lifecycle.StopAndConfirmAsync(before, Token);
        var start = await lifecycle.StartAndConfirmAsync(before, Token);
        Assert.False(before.WasRunning || start.Started);
        Assert.Contains("did not run before", start.Detail, StringComparison.Ordinal);
        Assert.Null(_shop.ProcessId);
    }

    [Fact]
    public async Task Names_the_process_that_still_answers_after_a_stop()
    {
        await using var old = await _shop.RunAsync();
        var service = Declared.Service(_shop, new ServiceControl.Commands(["true"], ["true"], null));
        var lifecycle = Lifecycle(service, isEnough: () => true);
        var error = await Assert.ThrowsAsync<HoldfastException>(
            async () => await lifecycle.StopAndConfirmAsync(await lifecycle.ObserveAsync(Token), Token));
        Assert.Contains($"process {old.Id} (", error.Message, StringComparison.Ordinal);
        Assert.Contains("still answered", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notices_that_something_started_it_again_during_a_stop()
    {
        await using var old = await _shop.RunAsync();
        var back = Path.Combine(_shop.Root, "back");
        // What `stop` does here is what a watchdog would: the application is back before anybody looks.
        var script = $"kill {old.Id}; while kill -0 {old.Id} 2>/dev/null; do :; done; \"$@\" >/dev/null 2>&1 & while ! test -s {_shop.PidFile}; do :; done; touch {back}";
        IReadOnlyList<string> stop = ["sh", "-c", script, "sh", .. _shop.Serve];
        var service = Declared.Service(_shop, new ServiceControl.Commands(_shop.Start, stop, _shop.Status), health: false);
        var lifecycle = Lifecycle(service, isEnough: () => File.Exists(back));
        var before = await lifecycle.ObserveAsync(Token);
        var error = await Assert.ThrowsAsync<HoldfastException>(() => lifecycle.StopAndConfirmAsync(before, Token));
        Assert.Contains("still runs", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unhealthy", "status 500")]
    [InlineData("broken", "the shop is broken")]
    public async Task Does_not_take_a_start_for_granted(string mode, string said)
    {
        await using var old = await _shop.RunAsync();
        // The new one writes into its log what it answers.
        var log = Path.Combine(_shop.Root, "shop.log");
        var lifecycle = Lifecycle(Declared.Process(_shop), isEnough: () => File.Exists(log) && File.ReadAllText(log).Contains("unhealthy", StringComparison.Ordinal));
        var before = await lifecycle.ObserveAsync(Token);
        await lifecycle.StopAndConfirmAsync(before, Token);
        _shop.Configure(mode);
        var error = await Assert.ThrowsAsync<HoldfastException>(() => lifecycle.StartAndConfirmAsync(before, Token));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public async Task Refuses_to_call_the_old_process_a_new_one()
    {
        await using var old = await _shop.RunAsync();
        var lifecycle = Lifecycle(Declared.Process(_shop));
        var before = await lifecycle.ObserveAsync(Token);
        var error = await Assert.ThrowsAsync<HoldfastException>(() => lifecycle.StartAndConfirmAsync(before, Token));
        Assert.Contains($"still the process {old.Id}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waits_for_a_slow_application()
    {
        _shop.Configure("normal", delay: 400);
        var lifecycle = Lifecycle(Declared.Process(_shop) with { Health = Declared.Health(_shop.HealthUrl, successes: 3) });
        var start = await lifecycle.StartAndConfirmAsync(new ServiceSnapshot(true, null, ""), Token);
        Assert.True(start.Health!.IsGood);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("stop without a status")]
    [InlineData("not executable")]
    public async Task Takes_an_application_whose_programs_are_not_there_for_stopped(string which)
    {
        if (which == "not executable") await File.WriteAllTextAsync(Path.Combine(_shop.Root, "control"), "#!/bin/sh\nexit 0\n", Token);
        IReadOnlyList<string> missing = ["./control", "it"];
        var service = Declared.Service(
            _shop, new ServiceControl.Commands(missing, missing, which == "stop without a status" ? null : missing), health: false);
        var lifecycle = Lifecycle(service);

        var before = await lifecycle.ObserveAsync(Token);

        Assert.False(before.WasRunning);
        Assert.Contains("\"./control it\"", before.Detail, StringComparison.Ordinal);
        Assert.Contains("is not there", lifecycle.Hindrance, StringComparison.Ordinal);
        await lifecycle.StopAndConfirmAsync(before, Token);
        Assert.False((await lifecycle.StartAndConfirmAsync(before, Token)).Started);
        var error = await Assert.ThrowsAsync<HoldfastException>(() => lifecycle.StartAndConfirmAsync(before with { WasRunning = true }, Token));
        Assert.Contains("/control", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Takes_one_that_answers_for_running_though_its_status_program_is_not_there()
    {
        await using var running = await _shop.RunAsync();
        var lifecycle = Lifecycle(Declared.Service(_shop, new ServiceControl.Commands(_shop.Start, _shop.Stop, ["./control"])));
        Assert.True((await lifecycle.ObserveAsync(Token)).WasRunning);
    }

    private ServiceLifecycle Lifecycle(ServiceDeclaration service) => new(service, Declared.Surroundings(_shop));

    /// <summary>Whose patience ends when a test has seen enough.</summary>
    private ServiceLifecycle Lifecycle(ServiceDeclaration service, Func<bool> isEnough) =>
        new(service, Declared.Surroundings(_shop) with { Clock = new ShortenedWait(isEnough) });

    /// <summary>The system's clock, until it is enough: then whoever looks at it again finds that an hour has passed.</summary>
    private sealed class ShortenedWait(Func<bool> isEnough) : TimeProvider
    {
        private long _hours;

        public override long GetTimestamp() => System.GetTimestamp() + ((isEnough() ? Interlocked.Increment(ref _hours) : _hours) * 3600 * TimestampFrequency);
    }
}
