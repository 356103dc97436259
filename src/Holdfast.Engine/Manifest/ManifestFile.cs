using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest;

/// <summary>A manifest that was read, and where it stands.</summary>
public sealed record LoadedManifest(FilePath Path, ApplicationManifest Application);

/// <summary>Finds and reads the manifest.</summary>
public static class ManifestFile
{
    /// <summary>The manifest named, else that of the application whose name the program was started under, else the nearest one.</summary>
    /// <param name="named">What the user named with <c>--config</c>; null when nothing was named.</param>
    /// <param name="application">The other name that the program was started under; null when it was its own.</param>
    /// <returns>Null when nothing was named and none is there.</returns>
    /// <exception cref="HoldfastException">Usage: it is missing or wrong, every error with its line; or it is another application's.</exception>
    public static LoadedManifest? Find(string? named, InvokedName? application)
    {
        if (named is null && application is not null && ManifestLocation.OfApplication(application.Name, application.Folder, IsFile) is { } own)
            return Load(FileSystem.RealPath(FilePath.From(own)), wasNamed: false);
        var current = FileSystem.CurrentDirectory().ToString();
        if (ManifestLocation.Find(named, current, IsFile) is not { } found) return null;
        var manifest = Load(FilePath.From(found), named is not null);
        return named is not null || application is null || application.Name == manifest.Application.Application
            ? manifest
            : throw new HoldfastException(
                FailureKind.Usage,
                $"started as {Quoted.Text(application.Name)}, but {manifest.Path.Display} is of {Quoted.Text(manifest.Application.Application)}",
                $"start it as holdfast, make {ManifestLocation.SystemFolder}/{application.Name}.yaml, a link to the application's manifest, or name one with --config");
    }

    /// <summary>Reads a manifest wherever it is and whosever it is.</summary>
    /// <exception cref="HoldfastException">The file cannot be read; what is wrong in it is in the result.</exception>
    public static ManifestResult Read(FilePath path) =>
        ManifestReader.Read(FileSystem.ReadAllBytes(path, ManifestReader.LargestSize + 1), path.Display, path.Parent!.ToString());

    private static LoadedManifest Load(FilePath path, bool wasNamed)
    {
        if (!wasNamed) RefuseForeign(path);
        return new LoadedManifest(path, Read(path).Require());
    }

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
