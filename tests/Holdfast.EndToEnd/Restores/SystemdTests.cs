using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>The systemd form of `service`, with a systemctl on PATH that starts and stops the real application and writes down how it was called.</summary>
public sealed class SystemdTests
{
    [Fact]
    public async Task A_unit_is_stopped_before_the_exchange_and_started_after_it()
    {
        using var shop = await RunningShop.CreateAsync(service: "");
        var (folder, calls) = (shop.Place["bin"], shop.Place["systemctl-calls"]);
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "systemctl"), Systemctl(shop, calls), TestContext.Current.CancellationToken);
        File.SetUnixFileMode(Path.Combine(folder, "systemctl"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        shop.Holdfast.With("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}");
        shop.WriteManifest($"  systemd: shop\n  timeout: 20s\n  health: {shop.Shop.HealthUrl}");
        await shop.RunAsync("backup");
        await shop.ChangeAsync();
        var before = shop.Shop.ProcessId;

        await shop.RunAsync("restore", "--yes");

        Assert.Contains("greeting=old", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.NotEqual(before, shop.Shop.ProcessId);
        var verbs = (await File.ReadAllLinesAsync(calls, TestContext.Current.CancellationToken)).Select(line => line.Split(' ')[0]).Where(verb => verb is "stop" or "start");
        Assert.Equal(["stop", "start"], verbs);
    }

    private static string Systemctl(RunningShop shop, string calls) => $"""
        #!/bin/sh
        while [ "${"{1#-}"}" != "$1" ]; do shift; done
        echo "$@" >> "{calls}"
        case "$1" in
        stop) exec {string.Join(' ', shop.Shop.Stop)} ;;
        start)
            {string.Join(' ', shop.Shop.Start)} > /dev/null 2>&1 < /dev/null
            while [ ! -s "{shop.Shop.PidFile}" ]; do :; done ;;
        show)
            pid=$(cat "{shop.Shop.PidFile}" 2> /dev/null)
            if [ -n "$pid" ] && [ -d "/proc/$pid" ]; then state=active; else state=inactive; pid=0; fi
            echo "LoadState=loaded"; echo "ActiveState=$state"; echo "MainPID=$pid" ;;
        esac

        """;
}
