using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Sftp;

/// <summary>The modes given to new directories and files, as for local repositories (section 2.1).</summary>
internal sealed record SftpModes(uint Directory, uint NewFile, uint StoredFile)
{
    public static SftpModes Private { get; } = new(0x1C0, 0x180, 0x100);

    public static SftpModes Shared { get; } = new(0x1F8, 0x1B0, 0x120);
}

/// <summary>Makes the directories of a repository.</summary>
internal sealed class SftpDirectories(DefaultLayout layout, string location)
{
    private const uint GroupRead = 0x20;
    private const int AtOnce = 32;

    private SftpModes? _modes;

    /// <summary>Those of a group's repository when its config is readable by the group. Remembered as soon as there is a config.</summary>
    public async Task<SftpModes> ModesAsync(SftpFiles files, CancellationToken cancellationToken)
    {
        if (_modes is { } known) return known;
        if (await files.StatAsync(layout.PathOf(FileHandle.Config), cancellationToken).ConfigureAwait(false) is not { } config) return SftpModes.Private;
        return _modes = config.Mode is { } mode && (mode & GroupRead) != 0 ? SftpModes.Shared : SftpModes.Private;
    }

    /// <summary>The root with what is missing above it, and all below it; does nothing where they exist.</summary>
    public async Task MakeAllAsync(SftpFiles files, CancellationToken cancellationToken)
    {
        var modes = await ModesAsync(files, cancellationToken).ConfigureAwait(false);
        await MakeWithParentsAsync(files, layout.Root, modes, cancellationToken).ConfigureAwait(false);
        var (above, below) = (layout.Directories().Except(layout.PackDirectories()).ToList(), layout.PackDirectories());
        foreach (var level in new[] { above, below })
        {
            await Pipeline.RunAsync(level, AtOnce, (directory, token) => MakeAsync(files, directory, modes, token), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes a directory below the root, never the root: where a disk of the server is not mounted, its mount point must stay empty.</summary>
    public async Task EnsureAsync(SftpFiles files, string directory, SftpModes modes, CancellationToken cancellationToken)
    {
        if (await files.StatAsync(layout.Root, cancellationToken).ConfigureAwait(false) is not { IsDirectory: true })
        {
            throw new HoldfastException(
                FailureKind.NoRepository,
                $"there is no repository in {location}",
                "check the path; where it is on a disk of its own, check that the disk is mounted on the server");
        }

        if (string.Equals(directory, layout.Root, StringComparison.Ordinal)) return;
        var parent = Path.GetDirectoryName(directory)!;
        if (!string.Equals(parent, layout.Root, StringComparison.Ordinal)) await MakeAsync(files, parent, modes, cancellationToken).ConfigureAwait(false);
        await MakeAsync(files, directory, modes, cancellationToken).ConfigureAwait(false);
    }

    private async Task MakeWithParentsAsync(SftpFiles files, string path, SftpModes modes, CancellationToken cancellationToken)
    {
        if (await files.StatAsync(path, cancellationToken).ConfigureAwait(false) is { } found)
        {
            if (!found.IsDirectory) throw new HoldfastException(FailureKind.Usage, $"{location} is a file; a repository is a directory");
            return;
        }

        if (Path.GetDirectoryName(path) is { Length: > 0 } parent)
            await MakeWithParentsAsync(files, parent, modes, cancellationToken).ConfigureAwait(false);
        await MakeAsync(files, path, modes, cancellationToken).ConfigureAwait(false);
    }

    // The server says only "failure" where the directory exists.
    private static async Task MakeAsync(SftpFiles files, string path, SftpModes modes, CancellationToken cancellationToken)
    {
        try
        {
            await files.MakeDirectoryAsync(path, modes.Directory, cancellationToken).ConfigureAwait(false);
            await files.TrySetModeAsync(path, modes.Directory, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpRefusalException refusal) when (refusal.Status is SftpStatus.Failure or SftpStatus.PermissionDenied)
        {
            if (await files.StatAsync(path, cancellationToken).ConfigureAwait(false) is not { IsDirectory: true }) throw;
        }
    }
}
