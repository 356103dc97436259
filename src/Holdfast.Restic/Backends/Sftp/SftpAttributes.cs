namespace Holdfast.Restic.Backends.Sftp;

/// <summary>What a server says of a file; each part may be missing (draft-ietf-secsh-filexfer-02, section 5).</summary>
internal readonly record struct SftpAttributes(long? Size, uint? Mode)
{
    public const uint HasMode = 4;

    private const uint HasSize = 1;
    private const uint HasOwner = 2;
    private const uint HasTimes = 8;
    private const uint HasMore = 0x80000000;
    private const uint TypeMask = 0xF000;

    /// <summary>A server that says no types may mean any.</summary>
    public bool IsFile => Mode is not { } mode || (mode & TypeMask) is 0 or 0x8000;

    public bool IsDirectory => Mode is not { } mode || (mode & TypeMask) is 0 or 0x4000;

    public bool IsLink => Mode is { } mode && (mode & TypeMask) == 0xA000;

    /// <exception cref="InvalidDataException">They are cut off.</exception>
    public static SftpAttributes Read(ref SftpReader reader)
    {
        var flags = reader.UInt32();
        long? size = (flags & HasSize) != 0 ? (long)Math.Min(reader.UInt64(), long.MaxValue) : null;
        if ((flags & HasOwner) != 0) reader.UInt64();
        uint? mode = (flags & HasMode) != 0 ? reader.UInt32() : null;
        if ((flags & HasTimes) != 0) reader.UInt64();
        if ((flags & HasMore) == 0) return new SftpAttributes(size, mode);
        for (var left = reader.UInt32(); left > 0; left--)
        {
            reader.String();
            reader.String();
        }

        return new SftpAttributes(size, mode);
    }
}
