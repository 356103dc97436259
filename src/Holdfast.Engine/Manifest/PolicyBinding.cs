using Holdfast.Engine.Manifest.Yaml;

namespace Holdfast.Engine.Manifest;

/// <summary>Makes the records about backups, drills and archives from a document that passed validation.</summary>
internal static class PolicyBinding
{
    public static BackupDeclaration Backup(YamlMap map) => new()
    {
        Before = Programs(map["before"]),
        After = Programs(map["after"]),
        Quiesce = map["quiesce"] is YamlMap quiesce
            ? new QuiesceDeclaration(ManifestBinding.Words(quiesce["pause"])!, ManifestBinding.Words(quiesce["resume"])!)
            : null,
        Timeout = ManifestBinding.Duration(map["timeout"], BackupDeclaration.DefaultTimeout),
        SuspiciousDrop = Share(map["suspicious_drop"], BackupDeclaration.DefaultSuspiciousDrop),
        Keep = map["keep"] is YamlMap keep ? KeepText.Read(keep) : null,
    };

    public static DrillDeclaration Drill(YamlMap map) => new()
    {
        AfterBackup = map["after_backup"] is YamlText { Value: "true" },
        Budget = ManifestBinding.Duration(map["budget"], DrillDeclaration.DefaultBudget),
        Boot = map["boot"] is YamlMap boot
            ? new BootDeclaration(
                ManifestBinding.Words(boot["command"])!,
                ManifestBinding.Entries(boot["environment"]).ToDictionary(
                    entry => entry.Key.Value, entry => ManifestBinding.Text(entry.Value), StringComparer.Ordinal),
                ServiceBinding.BootHealth(boot["health"]!))
            : null,
    };

    public static ArchiveDeclaration Archive(string name, YamlMap map, string root, string application) => new()
    {
        Name = name,
        Folder = ManifestBinding.Resolve(ManifestBinding.Text(map["folder"]), root),
        Format = ManifestBinding.Text(map["format"]),
        Prefix = map["prefix"] is YamlText prefix ? prefix.Value : application,
        Database = map["database"] is YamlText database ? database.Value : null,
        Passphrase = map["passphrase"] is YamlMap passphrase ? ManifestBinding.Passphrase(passphrase, root) : null,
        KeepLast = ManifestBinding.Count(map["keep_last"]),
        KeepDays = ManifestBinding.Count(map["keep_days"]),
    };

    private static IReadOnlyList<IReadOnlyList<string>> Programs(YamlValue? value) =>
        value is YamlList list ? [.. list.Items.Select(item => ManifestBinding.Words(item)!)] : [];

    private static double Share(YamlValue? value, double standard)
    {
        if (value is not YamlText text)
        {
            return standard;
        }

        _ = ShareText.TryParse(text.Value, out var share);
        return share;
    }
}
