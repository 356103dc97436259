using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Supervision;

/// <summary>A unit of systemd, through <c>systemctl</c> (systemctl(1)).</summary>
internal sealed class SystemdSupervisor(ServiceControl.Systemd control, TimeSpan timeout, ServiceSurroundings surroundings) : ISupervisor
{
    private readonly ServiceProgram _programs = new(surroundings);

    /// <summary>Looked up in PATH; tests have their own.</summary>
    internal string Program { get; init; } = "systemctl";

    public string Subject => $"the unit {PrintableName.Escape(control.Unit)}";

    public async Task<ServiceState> StateAsync(CancellationToken cancellationToken)
    {
        // All in one question, so that they belong to one moment.
        var result = await AskAsync(["show", "--property=LoadState,ActiveState,MainPID", control.Unit], cancellationToken).ConfigureAwait(false);
        var properties = result.OutputText.Split('\n').Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1].Trim(), StringComparer.Ordinal);
        if (properties.GetValueOrDefault("LoadState") == "not-found")
        {
            throw new HoldfastException(
                FailureKind.NotFound, $"systemd does not know {Subject}", "correct `service.systemd` in the manifest: `systemctl list-units` names the units");
        }

        return properties.GetValueOrDefault("ActiveState") switch
        {
            "inactive" or "failed" => ServiceState.Stopped,
            // A unit that is being stopped still runs.
            "deactivating" => ServiceState.Running(ProcessOf(properties.GetValueOrDefault("MainPID"))),
            "active" or "reloading" or "activating" => ServiceState.Running(ProcessOf(properties.GetValueOrDefault("MainPID"))) with { IsStaying = true },
            _ => ServiceState.Unknown,
        };
    }

    public async Task StopAsync(CancellationToken cancellationToken) =>
        await AskAsync(["stop", control.Unit], cancellationToken).ConfigureAwait(false);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await AskAsync(["start", control.Unit], cancellationToken).ConfigureAwait(false);
        if ((await StateAsync(cancellationToken).ConfigureAwait(false)).Condition == ServiceCondition.Stopped)
            throw Failed("start", "it stopped again at once");
    }

    private static ProcessIdentity? ProcessOf(string? pid) =>
        int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? ProcessTable.Find(id) : null;

    private async Task<ChildProcessResult> AskAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        // No question to a person (a password for a right this user lacks), no pager.
        var result = await _programs.RunAsync([Program, "--no-ask-password", "--no-pager", .. arguments], timeout, cancellationToken).ConfigureAwait(false);
        return result.ExitCode == 0 ? result : throw Failed(arguments[0], $"systemctl ended with exit code {result.ExitCode}{OutputTail.InLine(result)}");
    }

    private HoldfastException Failed(string verb, string why) => new(
        FailureKind.Failed,
        $"cannot {(verb == "show" ? "look at" : verb)} {Subject}: {why}",
        $"`systemctl status {PrintableName.Escape(control.Unit)}` and `journalctl -u {PrintableName.Escape(control.Unit)}` say more");
}
