namespace Holdfast.Engine.Files;

/// <summary>
/// Device numbers in the encoding of glibc's makedev(3), which is what stat(2) reports on 64-bit Linux and what restic stores as
/// device and device_id: from the top 20 bits of the major, 24 of the minor, 12 of the major, 8 of the minor.
/// </summary>
public static class DeviceNumber
{
    public static uint MajorOf(ulong device) => (uint)((device >> 8) & 0xfff) | (uint)((device >> 32) & 0xfffff000);

    public static uint MinorOf(ulong device) => (uint)(device & 0xff) | (uint)((device >> 12) & 0xffffff00);

    public static ulong Make(uint major, uint minor) =>
        ((ulong)(major & 0xfffff000) << 32) | ((ulong)(major & 0xfff) << 8) | ((ulong)(minor & 0xffffff00) << 12) | (minor & 0xff);
}
