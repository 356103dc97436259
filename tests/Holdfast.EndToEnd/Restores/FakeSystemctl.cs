using Holdfast.Testing;

namespace Holdfast.EndToEnd.Restores;

/// <summary>
/// A systemctl on the PATH of the program under test that starts and stops the real application, writes down how it was called, and has the
/// trouble that a test gives it.
/// </summary>
internal sealed class FakeSystemctl
{
    private readonly string _calls;
    private readonly string _trouble;
    private readonly string _asked;

    /// <param name="shop">What it looks after as shop.service.</param>
    /// <param name="timeout">Of the manifest's service.</param>
    public FakeSystemctl(RunningShop shop, string timeout)
    {
        var folder = Directory.CreateDirectory(shop.Place["bin"]).FullName;
        (_calls, _trouble, _asked) = (shop.Place["systemctl-calls"], shop.Place["systemctl-trouble"], shop.Place["systemctl-asked"]);
        File.WriteAllText(_calls, string.Empty);
        Trouble(string.Empty);
        var program = Path.Combine(folder, "systemctl");
        File.WriteAllText(program, Script(shop));
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        shop.Holdfast.With("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}");
        shop.WriteManifest($"  systemd: shop\n  timeout: {timeout}\n  health: {"{"} url: \"{shop.Shop.HealthUrl}\", interval: 100ms, timeout: 10m {"}"}");
    }

    /// <summary>The stops and starts, in their order.</summary>
    public IReadOnlyList<string> Acts => [.. Calls.Select(call => call.Split(' ')[0]).Where(verb => verb is "stop" or "start")];

    /// <summary>Every call without the options in front.</summary>
    public IReadOnlyList<string> Calls => File.ReadAllLines(_calls);

    /// <summary>Lines of sh that run before each answer; $1 is the verb, and $new is set while the restored configuration is in its place.</summary>
    public void Trouble(string script) => File.WriteAllText(_trouble, script + "\n");

    private string Script(RunningShop shop) => $"""
        #!/bin/sh
        while [ "${"{1#-}"}" != "$1" ]; do shift; done
        echo "$@" >> "{_calls}"
        new=$(grep "greeting: old" "{shop.Root}/shop.conf")
        load=loaded
        . "{_trouble}"
        case "$1" in
        stop) touch "{_asked}"; exec {string.Join(' ', shop.Shop.Stop)} ;;
        start)
            rm -f "{_asked}"
            [ -n "$(cat "{shop.Shop.PidFile}" 2> /dev/null)" ] && exit 0
            {string.Join(' ', shop.Shop.Start)} > /dev/null 2>&1 < /dev/null
            while [ ! -s "{shop.Shop.PidFile}" ]; do :; done ;;
        show)
            pid=$(cat "{shop.Shop.PidFile}" 2> /dev/null)
            if [ -n "$pid" ] && [ -d "/proc/$pid" ]; then state=active; else state=inactive; pid=0; fi
            [ "$state" = active ] && [ -e "{_asked}" ] && state=deactivating
            echo "LoadState=$load"; echo "ActiveState=${"{failed:-$state}"}"; echo "MainPID=$pid" ;;
        esac

        """;
}
