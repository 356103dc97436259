using System.Globalization;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Supervision;

public sealed class ProcessSupervisorTests : IDisposable
{
    private readonly SampleShop _shop = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("-1")]
    [InlineData("99999999999")]
    [InlineData("shop")]
    public async Task Refuses_a_pid_file_without_the_number_of_an_application(string content)
    {
        File.WriteAllText(_shop.PidFile, content + "\n");
        var error = await Assert.ThrowsAsync<HoldfastException>(() => Supervisor().StopAsync(Token));
        Assert.Contains("does not hold the number of a process", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Never_signals_itself()
    {
        File.WriteAllText(_shop.PidFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        await Assert.ThrowsAsync<HoldfastException>(() => Supervisor().StopAsync(Token));
    }

    [Fact]
    public async Task Never_signals_a_process_that_got_the_number_later()
    {
        await using var other = RunningProcess.Start("sleep", ["60"]);
        File.WriteAllText(_shop.PidFile, other.Id.ToString(CultureInfo.InvariantCulture));
        File.SetLastWriteTimeUtc(_shop.PidFile, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-1));
        var error = await Assert.ThrowsAsync<HoldfastException>(() => Supervisor().StopAsync(Token));
        Assert.Contains($"process {other.Id} (sleep)", error.Message, StringComparison.Ordinal);
        Assert.False(other.HasExited);
    }

    [Fact]
    public async Task Takes_the_number_of_a_process_that_has_ended_for_a_stopped_application()
    {
        await using (var gone = RunningProcess.Start("true", []))
        {
            await gone.WaitForExitAsync();
            File.WriteAllText(_shop.PidFile, gone.Id.ToString(CultureInfo.InvariantCulture));
        }

        Assert.Equal(ServiceState.Stopped, await Supervisor().StateAsync(Token));
        await Supervisor().StopAsync(Token);
    }

    [Fact]
    public async Task Gives_up_on_an_application_that_ignores_the_signal()
    {
        _shop.Configure("stubborn");
        await using var process = await _shop.RunAsync();
        var error = await Assert.ThrowsAsync<HoldfastException>(() => Supervisor(seconds: 0.5).StopAsync(Token));
        Assert.Contains($"process {process.Id} still runs", error.Message, StringComparison.Ordinal);
        Assert.False(process.HasExited);
    }

    [Fact]
    public async Task Of_one_that_does_not_start_it_tells_what_is_wrong_with_its_pid_file()
    {
        File.WriteAllText(_shop.PidFile, "shop\n");
        var supervisor = Supervisors.For(
            Declared.Service(_shop, new ServiceControl.Process(_shop.PidFile, 15, ["true"])) with { Timeout = TimeSpan.FromSeconds(0.2) }, Declared.Surroundings(_shop));

        var error = await Assert.ThrowsAsync<HoldfastException>(() => supervisor.StartAsync(Token));

        Assert.Contains("the application was not started", error.Message, StringComparison.Ordinal);
        Assert.Contains("does not hold the number of a process", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Starts_it_in_a_session_of_its_own_with_no_pipe_or_secret_of_ours()
    {
        Environment.SetEnvironmentVariable("HOLDFAST_PASSPHRASE_TEST", "s3cret");
        var environment = Holdfast.Engine.Secrets.SecretVariables.Removed();
        Environment.SetEnvironmentVariable("HOLDFAST_PASSPHRASE_TEST", null);
        var supervisor = Supervisors.For(Declared.Process(_shop), Declared.Surroundings(_shop, environment));
        await supervisor.StartAsync(Token);
        var id = _shop.ProcessId!.Value;
        var fields = File.ReadAllText($"/proc/{id}/stat").Split(") ")[1].Split(' ');
        Assert.Equal(id.ToString(CultureInfo.InvariantCulture), fields[3]);
        Assert.Equal("/dev/null", File.ResolveLinkTarget($"/proc/{id}/fd/0", false)!.FullName);
        Assert.Equal(Path.Combine(_shop.Root, "shop.log"), File.ResolveLinkTarget($"/proc/{id}/fd/1", false)!.FullName);
        Assert.Contains("HOLDFAST_PASSPHRASE_TEST", environment.Keys);
        Assert.DoesNotContain("s3cret", File.ReadAllText($"/proc/{id}/environ"), StringComparison.Ordinal);
        await supervisor.StopAsync(Token);
        Assert.Null(_shop.ProcessId);
    }

    [Fact]
    public async Task Waits_for_whoever_looks_after_it_to_start_it_again()
    {
        var supervisor = Supervisors.For(Declared.Process(_shop, start: false), Declared.Surroundings(_shop));
        var starting = supervisor.StartAsync(Token);
        await using var process = await _shop.RunAsync();
        await starting;
        Assert.Equal(process.Id, (await supervisor.StateAsync(Token)).Process!.Value.Id);
    }

    [Fact]
    public async Task Says_that_nobody_started_it_again()
    {
        var service = Declared.Process(_shop, start: false) with { Timeout = TimeSpan.FromSeconds(0.2) };
        var error = await Assert.ThrowsAsync<HoldfastException>(
            () => Supervisors.For(service, Declared.Surroundings(_shop)).StartAsync(Token));
        Assert.Contains("nothing started it again", error.Message, StringComparison.Ordinal);
    }

    private ISupervisor Supervisor(double seconds = 600) =>
        Supervisors.For(Declared.Process(_shop) with { Timeout = TimeSpan.FromSeconds(seconds) }, Declared.Surroundings(_shop));
}
