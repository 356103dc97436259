namespace Holdfast.Restic.Backends.Local;

/// <summary>
/// The modes given to new directories and files. A repository is its owner's alone unless its config is readable by the group:
/// then the group shares it (section 2.1).
/// </summary>
internal readonly record struct AccessModes(UnixFileMode Directory, UnixFileMode NewFile, UnixFileMode StoredFile)
{
    private const int GroupRead = 0x20;

    private static readonly AccessModes Private = new((UnixFileMode)0x1C0, (UnixFileMode)0x180, (UnixFileMode)0x100);
    private static readonly AccessModes Shared = new((UnixFileMode)0x1F8, (UnixFileMode)0x1B0, (UnixFileMode)0x120);

    public static AccessModes Of(DefaultLayout layout) =>
        LibC.TryStat(layout.PathOf(FileHandle.Config), out var mode, out _) && (mode & GroupRead) != 0 ? Shared : Private;
}
