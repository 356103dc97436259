using Holdfast.Engine.Manifest.Yaml;

namespace Holdfast.Engine.Manifest;

/// <summary>Makes the records about the running application from a document that passed validation.</summary>
internal static class ServiceBinding
{
    public static VersionDeclaration? Version(YamlValue? value, string root) => value switch
    {
        YamlText text => new VersionDeclaration.Literal(text.Value),
        YamlMap map when map["file"] is YamlText file => new VersionDeclaration.InFile(ManifestBinding.Resolve(file.Value, root)),
        YamlMap map => new VersionDeclaration.Command(ManifestBinding.Words(map["command"])!),
        _ => null,
    };

    public static ServiceDeclaration Service(YamlMap map, string root) => new()
    {
        Control = Control(map, root),
        Timeout = ManifestBinding.Duration(map["timeout"], ServiceDeclaration.DefaultTimeout),
        Health = Health(map["health"]),
    };

    public static BootHealth BootHealth(YamlValue value)
    {
        var map = value as YamlMap;
        var url = value is YamlText text ? text : map?["url"];
        return new BootHealth(
            url is null ? null : ManifestBinding.Text(url),
            ManifestBinding.Words(map?["command"]),
            ManifestBinding.Duration(map?["timeout"], HealthDeclaration.DefaultTimeout));
    }

    private static ServiceControl Control(YamlMap map, string root)
    {
        if (map["systemd"] is YamlText unit)
        {
            return new ServiceControl.Systemd(unit.Value);
        }

        if (map["process"] is not YamlMap process)
        {
            return new ServiceControl.Commands(
                ManifestBinding.Words(map["start"])!, ManifestBinding.Words(map["stop"])!, ManifestBinding.Words(map["status"]));
        }

        var signal = process["signal"] is YamlText name ? name.Value : SignalName.Default;
        return new ServiceControl.Process(
            ManifestBinding.Resolve(ManifestBinding.Text(process["pid_file"]), root),
            SignalName.Number(signal)!.Value,
            ManifestBinding.Words(process["start"]));
    }

    private static HealthDeclaration? Health(YamlValue? value)
    {
        if (value is null)
        {
            return null;
        }

        var map = value as YamlMap;
        var url = value is YamlText text ? text : map?["url"];
        return new HealthDeclaration
        {
            Probe = url is not null
                ? new HealthProbe.Http(new Uri(ManifestBinding.Text(url)))
                : new HealthProbe.Command(ManifestBinding.Words(map?["command"])!),
            Timeout = ManifestBinding.Duration(map?["timeout"], HealthDeclaration.DefaultTimeout),
            Interval = ManifestBinding.Duration(map?["interval"], HealthDeclaration.DefaultInterval),
            Successes = ManifestBinding.Count(map?["successes"]) ?? 1,
        };
    }
}
