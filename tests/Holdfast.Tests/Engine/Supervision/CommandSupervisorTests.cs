using Holdfast.Engine.Manifest;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Supervision;

public sealed class CommandSupervisorTests : IDisposable
{
    private readonly SampleShop _shop = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task Does_not_wait_for_the_outputs_of_a_daemon()
    {
        // The daemon keeps the pipes of its parent open for as long as it lives, and nothing ends it.
        await Supervisors.For(Declared.Commands(_shop), Declared.Surroundings(_shop)).StartAsync(Token).WaitAsync(Conditions.Deadline, Token);
        Assert.NotNull(_shop.ProcessId);
    }

    [Fact]
    public async Task Is_content_when_everything_is_so_already()
    {
        var supervisor = Supervisor(start: ["false"], stop: ["false"], status: ["true"]);
        await supervisor.StartAsync(Token);
        await Supervisor(start: ["false"], stop: ["false"], status: ["false"]).StopAsync(Token);
        Assert.Equal(ServiceCondition.Running, (await supervisor.StateAsync(Token)).Condition);
    }

    [Fact]
    public async Task Says_what_a_stop_said_that_failed()
    {
        var error = await Assert.ThrowsAsync<HoldfastException>(
            () => Supervisor(stop: ["sh", "-c", "printf 'no \\033[1mway\\n' >&2; exit 4"]).StopAsync(Token));
        Assert.Contains("exit code 4: no ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    [Fact]
    public async Task Says_what_a_start_said_that_failed()
    {
        var error = await Assert.ThrowsAsync<HoldfastException>(
            () => Supervisor(start: ["sh", "-c", "echo port taken >&2; exit 5"], status: ["false"]).StartAsync(Token));
        Assert.Contains("exit code 5: port taken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Does_not_believe_a_stop_that_the_status_denies()
    {
        var error = await Assert.ThrowsAsync<HoldfastException>(() => Supervisor(stop: ["true"], status: ["true"], seconds: 2).StopAsync(Token));
        Assert.Contains("still runs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stops_a_stop_that_hangs()
    {
        var error = await Assert.ThrowsAsync<HoldfastException>(() => Supervisor(stop: ["sleep", "60"], seconds: 0.5).StopAsync(Token));
        Assert.Contains("not done within", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ends_what_it_started_when_that_does_not_count_as_started()
    {
        var file = Path.Combine(_shop.Root, "started");
        var error = await Assert.ThrowsAsync<HoldfastException>(
            () => Supervisor(start: ["sh", "-c", $"echo $$ > {file}; exec sleep 60"], status: ["false"], seconds: 2).StartAsync(Token));
        Assert.Contains("was not done within", error.Message, StringComparison.Ordinal);
        var id = File.ReadAllText(file).Trim();
        await Conditions.Eventually("it is gone", () => !File.Exists($"/proc/{id}/stat") || File.ReadAllText($"/proc/{id}/stat").Contains(") Z"));
    }

    [Fact]
    public async Task Runs_programs_of_the_application_in_its_root()
    {
        await File.WriteAllTextAsync(Path.Combine(_shop.Root, "tell"), "#!/bin/sh\npwd > told\n", Token);
        File.SetUnixFileMode(Path.Combine(_shop.Root, "tell"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await Supervisor(stop: ["./tell"]).StopAsync(Token);
        Assert.Equal(_shop.Root, File.ReadAllText(Path.Combine(_shop.Root, "told")).Trim());
    }

    /// <param name="seconds">Short only where the test waits until they are over; each program has as long, also on a busy machine.</param>
    private ISupervisor Supervisor(string[]? start = null, string[]? stop = null, string[]? status = null, double seconds = 600) => Supervisors.For(
        Declared.Service(_shop, new ServiceControl.Commands(start ?? ["true"], stop ?? ["true"], status)) with { Timeout = TimeSpan.FromSeconds(seconds) },
        Declared.Surroundings(_shop));
}
