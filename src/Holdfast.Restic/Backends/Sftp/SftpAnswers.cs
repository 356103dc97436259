using System.Text;

namespace Holdfast.Restic.Backends.Sftp;

/// <summary>One name of a directory.</summary>
internal readonly record struct SftpEntry(string Name, SftpAttributes Attributes);

/// <summary>What the answers of a server mean.</summary>
internal static class SftpAnswers
{
    public static bool Done(SftpType type, ref SftpReader fields) => ReadStatus(type, ref fields) ? true : throw Nonsense();

    public static byte[] Handle(SftpType type, ref SftpReader fields)
    {
        if (type == SftpType.Handle) return fields.String().ToArray();
        ReadStatus(type, ref fields);
        throw Nonsense();
    }

    public static SftpAttributes Attributes(SftpType type, ref SftpReader fields)
    {
        if (type == SftpType.Attributes) return SftpAttributes.Read(ref fields);
        ReadStatus(type, ref fields);
        throw Nonsense();
    }

    /// <summary>Some entries, or null when there are no more.</summary>
    public static List<SftpEntry>? Names(SftpType type, ref SftpReader fields)
    {
        if (type != SftpType.Names) return IsEnd(type, ref fields) ? null : throw Nonsense();

        var entries = new List<SftpEntry>();
        for (var left = fields.UInt32(); left > 0; left--)
        {
            var name = Encoding.UTF8.GetString(fields.String());
            fields.String(); // the same as `ls -l` shows it
            entries.Add(new SftpEntry(name, SftpAttributes.Read(ref fields)));
        }

        return entries;
    }

    /// <summary>Copies the bytes of a read and says how many; never more than were asked for, and none only at the end of the file.</summary>
    public static int Contents(SftpType type, ref SftpReader fields, Span<byte> destination)
    {
        if (type != SftpType.Contents) return IsEnd(type, ref fields) ? 0 : throw Nonsense();
        var content = fields.String();
        if (content.Length > destination.Length || content.IsEmpty) throw Nonsense();
        content.CopyTo(destination);
        return content.Length;
    }

    /// <summary>The largest read and write in bytes, as limits@openssh.com answers; 0 means that it is not said.</summary>
    public static (ulong Read, ulong Write) Limits(SftpType type, ref SftpReader fields)
    {
        if (type != SftpType.ExtendedReply)
        {
            ReadStatus(type, ref fields);
            throw Nonsense();
        }

        fields.UInt64(); // the largest packet
        return (fields.UInt64(), fields.UInt64());
    }

    /// <summary>Free bytes for ordinary users, as statvfs@openssh.com answers.</summary>
    public static ulong FreeBytes(SftpType type, ref SftpReader fields)
    {
        if (type != SftpType.ExtendedReply)
        {
            ReadStatus(type, ref fields);
            throw Nonsense();
        }

        fields.UInt64(); // the size of blocks for transfers
        var blockSize = fields.UInt64();
        fields.UInt64(); // all blocks
        fields.UInt64(); // free ones, with those kept for root
        return blockSize * fields.UInt64();
    }

    /// <summary>True for a status of success, false for what is no status.</summary>
    private static bool ReadStatus(SftpType type, ref SftpReader fields)
    {
        if (type != SftpType.Status) return false;
        var status = (SftpStatus)fields.UInt32();
        if (status == SftpStatus.Ok) return true;
        throw new SftpRefusalException(status, fields.IsAtEnd ? string.Empty : Encoding.UTF8.GetString(fields.String()));
    }

    private static bool IsEnd(SftpType type, ref SftpReader fields)
    {
        try
        {
            ReadStatus(type, ref fields);
            return false;
        }
        catch (SftpRefusalException refusal) when (refusal.Status == SftpStatus.EndOfFile)
        {
            return true;
        }
    }

    private static InvalidDataException Nonsense() => new("an answer of the SFTP server does not fit its question");
}
