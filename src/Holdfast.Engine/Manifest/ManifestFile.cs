using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest;

/// <summary>A manifest that was read, and where it stands.</summary>
public sealed record LoadedManifest(FilePath Path, ApplicationManifest Application);

/// <summary>Finds and reads the manifest.</summary>
public static class ManifestFile
{
    /// <summary>The manifest named, or the nearest one; null when nothing was named and none is there.</summary>
    /// <exception cref="HoldfastException">Usage: it is missing or wrong; every error with its line.</exception>
    public static LoadedManifest? Find(string? named)
    {
        var current = FileSystem.CurrentDirectory().ToString();
        if (ManifestLocation.Find(named, current, IsFile) is not { } found) return null;
        var path = FilePath.From(found);
        if (named is null) RefuseForeign(path);
        return new LoadedManifest(path, Read(path).Require());
    }

    /// <summary>Reads a manifest wherever it is and whosever it is.</summary>
    /// <exception cref="HoldfastException">The file cannot be read; what is wrong in it is in the result.</exception>
    public static ManifestResult Read(FilePath path) =>
        ManifestReader.Read(FileSystem.ReadAllBytes(path, ManifestReader.LargestSize + 1), path.Display, path.Parent!.ToString());

    /// <summary>
    /// A manifest that was only come across must be one's own or root's: it can name a program to run for the passphrase.
    /// </summary>
    private static void RefuseForeign(FilePath path)
    {
        var owner = FileSystem.Status(path, followLinks: true).Uid;
        if (owner == 0 || owner == LocalIdentity.Current().Uid) return;
        throw new HoldfastException(FailureKind.Usage, $"{path.Display} belongs to another user", "if you trust it, name it with --config");
    }

    private static bool IsFile(string path) => FileSystem.TryStatus(FilePath.From(path), followLinks: true) is { IsFile: true };
}
