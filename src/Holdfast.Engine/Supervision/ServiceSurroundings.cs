using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Secrets;

namespace Holdfast.Engine.Supervision;

/// <summary>Where and with what the programs of an application's supervision run.</summary>
public sealed record ServiceSurroundings
{
    /// <summary>The application's root: the working directory, and where relative paths of programs start.</summary>
    public required FilePath Root { get; init; }

    /// <summary>Variables to set on top of this process's own; null removes one. Without Holdfast's secrets.</summary>
    public required IReadOnlyDictionary<string, string?> Environment { get; init; }

    /// <summary>A file for what a program says that is started and stays; null drops it.</summary>
    public FilePath? Log { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <param name="manifest">Of the application.</param>
    /// <param name="logFolder">A private folder for the log of started programs, made when missing; null for no log.</param>
    /// <param name="clock">The clock of timeouts.</param>
    public static ServiceSurroundings Of(ApplicationManifest manifest, FilePath? logFolder, TimeProvider clock) =>
        Of(FilePath.From(manifest.Root), manifest.Application, logFolder, clock) with { Environment = ProgramEnvironment.Of(manifest) };

    /// <summary>As <see cref="Of(ApplicationManifest, FilePath?, TimeProvider)"/>, where the manifest is not there any more.</summary>
    public static ServiceSurroundings Of(FilePath root, string application, FilePath? logFolder, TimeProvider clock)
    {
        if (logFolder is not null && !FileSystem.Exists(logFolder))
        {
            if (logFolder.Parent is { } parent) FileSystem.CreateDirectories(parent);
            FileSystem.TryCreateDirectory(logFolder, FilePermissions.PrivateDirectory);
        }

        return new ServiceSurroundings
        {
            Root = root,
            Environment = SecretVariables.Removed(),
            Log = logFolder?.Combine(application + ".log"),
            Clock = clock,
        };
    }
}
