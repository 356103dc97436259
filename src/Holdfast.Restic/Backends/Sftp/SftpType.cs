namespace Holdfast.Restic.Backends.Sftp;

/// <summary>The kinds of packets of version 3 (draft-ietf-secsh-filexfer-02, section 3).</summary>
internal enum SftpType : byte
{
    Init = 1,
    Version = 2,
    Open = 3,
    Close = 4,
    Read = 5,
    Write = 6,
    FSetStat = 10,
    SetStat = 9,
    OpenDirectory = 11,
    ReadDirectory = 12,
    Remove = 13,
    MakeDirectory = 14,
    Stat = 17,
    Rename = 18,
    Status = 101,
    Handle = 102,
    Contents = 103,
    Names = 104,
    Attributes = 105,
    Extended = 200,
    ExtendedReply = 201,
}
