using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;

namespace Holdfast.Cli.Commands;

/// <summary>A manifest that was read, and where it stands.</summary>
internal sealed record LoadedManifest(FilePath Path, ApplicationManifest Application);

/// <summary>Finds and reads the manifest.</summary>
internal static class ManifestFile
{
    /// <summary>The manifest named, or the nearest one; null when nothing was named and none is there.</summary>
    /// <exception cref="Restic.Failures.HoldfastException">Usage: it is missing or wrong; every error with its line.</exception>
    internal static LoadedManifest? Find(string? named)
    {
        var current = FileSystem.CurrentDirectory().ToString();
        if (ManifestLocation.Find(named, current, IsFile) is not { } found) return null;
        var path = FilePath.From(found);
        var yaml = FileSystem.ReadAllBytes(path, ManifestReader.LargestSize + 1);
        return new LoadedManifest(path, ManifestReader.Read(yaml, path.Display, path.Parent!.ToString()).Require());
    }

    private static bool IsFile(string path) => FileSystem.TryStatus(FilePath.From(path), followLinks: true) is { IsFile: true };
}
