using System.Globalization;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Supervision;

/// <summary>With a program in the place of systemctl that writes down how it is called; systemd does not run where tests do.</summary>
public sealed class SystemdSupervisorTests : IDisposable
{
    private readonly SampleShop _shop = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Calls => File.ReadAllText(Path.Combine(_shop.Root, "calls"));

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task Asks_stops_and_starts_a_unit()
    {
        var supervisor = Supervisor();
        Answer("loaded", "active", Environment.ProcessId);
        var state = await supervisor.StateAsync(Token);
        Assert.Equal((ServiceCondition.Running, Environment.ProcessId), (state.Condition, state.Process!.Value.Id));
        Answer("loaded", "inactive", 0);
        await supervisor.StopAsync(Token);
        Assert.Equal(ServiceState.Stopped, await supervisor.StateAsync(Token));
        Answer("loaded", "active", 0);
        await supervisor.StartAsync(Token);
        Assert.Equal(
            ["show --property=LoadState,ActiveState,MainPID shop.service", "stop shop.service", "start shop.service"],
            Calls.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Replace("--no-ask-password --no-pager ", "")).Distinct());
    }

    [Theory]
    [InlineData("deactivating", ServiceCondition.Running)]
    [InlineData("failed", ServiceCondition.Stopped)]
    [InlineData("maintenance", ServiceCondition.Unknown)]
    public async Task Understands_the_states_of_units(string active, ServiceCondition expected)
    {
        Answer("loaded", active, 0);
        Assert.Equal(expected, (await Supervisor().StateAsync(Token)).Condition);
    }

    [Fact]
    public async Task Says_that_a_unit_does_not_exist()
    {
        Answer("not-found", "inactive", 0);
        var error = await Assert.ThrowsAsync<HoldfastException>(() => Supervisor().StateAsync(Token));
        Assert.Equal(FailureKind.NotFound, error.Kind);
    }

    [Fact]
    public async Task Says_what_systemctl_said()
    {
        Answer("loaded", "active", 0, "echo 'Interactive authentication required.' >&2; exit 1");
        var error = await Assert.ThrowsAsync<HoldfastException>(() => Supervisor().StopAsync(Token));
        Assert.Contains("cannot stop the unit shop.service: systemctl ended with exit code 1: Interactive", error.Message, StringComparison.Ordinal);
        Assert.Contains("journalctl -u shop.service", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notices_a_unit_that_falls_over_at_once()
    {
        Answer("loaded", "failed", 0);
        await Assert.ThrowsAsync<HoldfastException>(() => Supervisor().StartAsync(Token));
    }

    private SystemdSupervisor Supervisor() => new(
        new ServiceControl.Systemd("shop.service"), TimeSpan.FromMinutes(1), Declared.Surroundings(_shop))
    { Program = "./systemctl" };

    private void Answer(string load, string active, int process, string extra = "")
    {
        var path = Path.Combine(_shop.Root, "systemctl");
        var answer = string.Create(CultureInfo.InvariantCulture, $"echo LoadState={load}; echo ActiveState={active}; echo MainPID={process}");
        File.WriteAllText(path + ".new", $"#!/bin/sh\necho \"$*\" >> calls\n{extra}\n{answer}\n");
        File.SetUnixFileMode(path + ".new", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.Move(path + ".new", path, overwrite: true);
    }
}
