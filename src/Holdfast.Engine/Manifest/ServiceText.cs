using System.Globalization;
using Holdfast.Engine.Manifest.Yaml;

namespace Holdfast.Engine.Manifest;

/// <summary>Writes what a manifest says of the running application.</summary>
internal static class ServiceText
{
    internal static void Write(YamlWriter yaml, ServiceDeclaration service)
    {
        switch (service.Control)
        {
            case ServiceControl.Systemd(var unit):
                yaml.Text("systemd", unit);
                break;
            case ServiceControl.Commands(var start, var stop, var status):
                yaml.List("start", Redaction.Words(start));
                yaml.List("stop", Redaction.Words(stop));
                yaml.List("status", status is null ? null : Redaction.Words(status));
                break;
            case ServiceControl.Process process:
                yaml.Map("process", () => Write(yaml, process));
                break;
        }

        yaml.Plain("timeout", DurationText.Write(service.Timeout));
        if (service.Health is { } health) yaml.Map("health", () => Write(yaml, health));
    }

    internal static void Write(YamlWriter yaml, DrillDeclaration drill)
    {
        yaml.Plain("after_backup", drill.AfterBackup ? "true" : "false");
        yaml.Plain("budget", DurationText.Write(drill.Budget));
        if (drill.Boot is not { } boot) return;
        yaml.Map("boot", () =>
        {
            yaml.List("command", Redaction.Words(boot.Command));
            if (boot.Environment.Count > 0) yaml.Map("environment", () => Write(yaml, boot.Environment));
            yaml.Map("health", () =>
            {
                yaml.Text("url", boot.Health.Url is { } url ? Redaction.Text(url) : null);
                yaml.List("command", boot.Health.Command is { } words ? Redaction.Words(words) : null);
                yaml.Plain("timeout", DurationText.Write(boot.Health.Timeout));
            });
        });
    }

    private static void Write(YamlWriter yaml, IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (name, value) in environment) yaml.Text(name, Redaction.IsSecretName(name) ? Redaction.Mark : Redaction.Text(value));
    }

    private static void Write(YamlWriter yaml, ServiceControl.Process process)
    {
        yaml.Text("pid_file", process.PidFile);
        yaml.Text("signal", SignalName.Of(process.Signal));
        yaml.List("start", process.Start is { } start ? Redaction.Words(start) : null);
    }

    private static void Write(YamlWriter yaml, HealthDeclaration health)
    {
        yaml.Text("url", health.Probe is HealthProbe.Http(var url) ? Redaction.Text(url.OriginalString) : null);
        yaml.List("command", health.Probe is HealthProbe.Command(var words) ? Redaction.Words(words) : null);
        yaml.Plain("timeout", DurationText.Write(health.Timeout));
        yaml.Plain("interval", DurationText.Write(health.Interval));
        yaml.Plain("successes", health.Successes.ToString(CultureInfo.InvariantCulture));
    }
}
