using System.Globalization;
using Holdfast.Engine.Secrets;

namespace Holdfast.Engine.Manifest;

/// <summary>Everything that a manifest has Holdfast run or signal: whoever may write it has that done.</summary>
public static class ManifestPrograms
{
    /// <summary>One line each, with the key that says it; two manifests that have the same lines do the same.</summary>
    public static IEnumerable<string> Of(ApplicationManifest manifest)
    {
        var found = new List<(string Key, IEnumerable<string>? Words)>
        {
            ("version", (manifest.Version as VersionDeclaration.Command)?.Arguments),
            ("backup.quiesce.pause", manifest.Backup.Quiesce?.Pause),
            ("backup.quiesce.resume", manifest.Backup.Quiesce?.Resume),
            ("drill.boot", manifest.Drill.Boot?.Command),
            ("drill.boot.health", manifest.Drill.Boot?.Health.Command),
            ("service.health", (manifest.Service?.Health?.Probe as HealthProbe.Command)?.Arguments),
            ("passphrase", Words(manifest.Passphrase)),
        };
        found.AddRange(OfService(manifest.Service?.Control));
        found.AddRange(manifest.Backup.Before.Select(program => ("backup.before", (IEnumerable<string>?)program)));
        found.AddRange(manifest.Backup.After.Select(program => ("backup.after", (IEnumerable<string>?)program)));
        found.AddRange(manifest.Archives.Select(archive => ($"archives.{archive.Name}.passphrase", (IEnumerable<string>?)Words(archive.Passphrase))));
        foreach (var repository in manifest.Repositories)
        {
            found.Add(($"repositories.{repository.Name}.secret", Words(repository.Credentials.Secret)));
            found.Add(($"repositories.{repository.Name}.key_id", Words(repository.Credentials.KeyId)));
            found.Add(($"repositories.{repository.Name}.password", Words(repository.Credentials.Password)));
        }

        return found.Where(program => program.Words is not null).Select(program => $"{program.Key}: {string.Join(' ', program.Words!)}");
    }

    private static IEnumerable<(string Key, IEnumerable<string>? Words)> OfService(ServiceControl? control) => control switch
    {
        ServiceControl.Systemd(var unit) => [("service.systemd", [unit])],
        ServiceControl.Commands commands => [("service.start", commands.Start), ("service.stop", commands.Stop), ("service.status", commands.Status)],
        ServiceControl.Process process =>
        [
            ("service.process", [process.PidFile, process.Signal.ToString(CultureInfo.InvariantCulture)]),
            ("service.process.start", process.Start),
        ],
        _ => [],
    };

    private static IReadOnlyList<string>? Words(PassphraseSource? source) => (source as PassphraseSource.Command)?.Arguments;
}
