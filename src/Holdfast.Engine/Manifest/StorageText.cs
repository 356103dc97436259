using System.Globalization;
using Holdfast.Engine.Manifest.Yaml;
using Holdfast.Engine.Repositories;
using Holdfast.Restic.Backends.S3;

namespace Holdfast.Engine.Manifest;

/// <summary>How a storage is used, in the words of the manifest.</summary>
internal static class StorageText
{
    private static readonly Dictionary<string, S3Addressing> Styles = new(StringComparer.Ordinal)
    {
        ["auto"] = S3Addressing.Auto,
        ["path"] = S3Addressing.Path,
        ["virtual-host"] = S3Addressing.VirtualHost,
    };

    private static readonly Dictionary<string, S3RetentionMode> Modes = new(StringComparer.Ordinal)
    {
        ["governance"] = S3RetentionMode.Governance,
        ["compliance"] = S3RetentionMode.Compliance,
    };

    public static IReadOnlyList<string> StyleWords => [.. Styles.Keys];

    public static IReadOnlyList<string> ModeWords => [.. Modes.Keys];

    /// <param name="map">A repository's entry, valid by the schema.</param>
    /// <param name="root">Where relative paths begin.</param>
    public static StorageSettings Read(YamlMap map, string root) => new()
    {
        Connections = Number(map["connections"]) ?? StorageSettings.Standard.Connections,
        CertificateAuthority = map["ca"] is YamlText file ? ManifestBinding.Resolve(file.Value, root) : null,
        Addressing = map["style"] is YamlText style ? Styles[style.Value] : S3Addressing.Auto,
        StorageClass = (map["storage_class"] as YamlText)?.Value,
        ObjectLock = map["object_lock"] is YamlMap protection
            ? new S3ObjectLock(Modes[((YamlText)protection["mode"]!).Value], TimeSpan.FromDays(Number(protection["days"])!.Value), LegalHold: false)
            : null,
    };

    public static void Write(YamlWriter yaml, StorageSettings settings)
    {
        if (settings.Connections != StorageSettings.Standard.Connections) yaml.Plain("connections", Text(settings.Connections));
        if (settings.CertificateAuthority is { } authority) yaml.Text("ca", authority);
        if (settings.Addressing != S3Addressing.Auto) yaml.Text("style", Styles.First(style => style.Value == settings.Addressing).Key);
        if (settings.StorageClass is { } storageClass) yaml.Text("storage_class", storageClass);
        if (settings.ObjectLock is not { Mode: { } mode } protection) return;
        yaml.Map("object_lock", () =>
        {
            yaml.Text("mode", Modes.First(known => known.Value == mode).Key);
            yaml.Plain("days", Text((int)protection.RetainFor.TotalDays));
        });
    }

    private static int? Number(YamlValue? value) => value is YamlText text ? int.Parse(text.Value, CultureInfo.InvariantCulture) : null;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
