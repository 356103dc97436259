namespace Holdfast.Engine.Files;

/// <summary>Linux error numbers that mean something to this room (errno(3); the same on x64 and arm64).</summary>
internal static class Errno
{
    public const int NotPermitted = 1; // EPERM
    public const int NoEntry = 2; // ENOENT
    public const int NoProcess = 3; // ESRCH
    public const int Interrupted = 4; // EINTR
    public const int Again = 11; // EAGAIN
    public const int AccessDenied = 13; // EACCES
    public const int Busy = 16; // EBUSY
    public const int Exists = 17; // EEXIST
    public const int CrossDevice = 18; // EXDEV
    public const int NotDirectory = 20; // ENOTDIR
    public const int IsDirectory = 21; // EISDIR
    public const int Invalid = 22; // EINVAL
    public const int TooManyFiles = 24; // EMFILE
    public const int TextBusy = 26; // ETXTBSY
    public const int NoSpace = 28; // ENOSPC
    public const int ReadOnly = 30; // EROFS
    public const int TooManyLinks = 31; // EMLINK
    public const int BrokenPipe = 32; // EPIPE
    public const int Range = 34; // ERANGE
    public const int NoLocks = 37; // ENOLCK
    public const int NotImplemented = 38; // ENOSYS
    public const int Loop = 40; // ELOOP
    public const int NoAttribute = 61; // ENODATA
    public const int NotSupported = 95; // EOPNOTSUPP
    public const int Quota = 122; // EDQUOT
}
