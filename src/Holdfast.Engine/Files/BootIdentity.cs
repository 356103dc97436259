namespace Holdfast.Engine.Files;

/// <summary>Which boot of the machine this is (random(4), boot_id): process numbers of another one mean nothing.</summary>
public static class BootIdentity
{
    private const int Limit = 256;

    public static string Current() => FileSystem.ReadAllText(FilePath.From("/proc/sys/kernel/random/boot_id"), Limit).Trim();
}
