namespace Holdfast.Restic.Backends.Sftp;

/// <summary>The server's verdict on a request (draft-ietf-secsh-filexfer-02, section 7).</summary>
internal enum SftpStatus : uint
{
    Ok = 0,
    EndOfFile = 1,
    NoSuchFile = 2,
    PermissionDenied = 3,
    Failure = 4,
    BadMessage = 5,
    NoConnection = 6,
    ConnectionLost = 7,
    Unsupported = 8,
}

/// <summary>A request that the server did not fulfil.</summary>
/// <param name="status">Its verdict.</param>
/// <param name="words">What it adds for people; not escaped.</param>
internal sealed class SftpRefusalException(SftpStatus status, string words) : Exception($"{status}: {words}")
{
    public SftpStatus Status => status;

    public string Words => words;
}

/// <summary>The connection is no more: nothing is known of the requests without an answer.</summary>
/// <param name="complaint">What ssh said, escaped; may be empty.</param>
internal sealed class SftpConnectionException(string message, string complaint, Exception? cause) : Exception(message, cause)
{
    public string Complaint => complaint;

    /// <summary>ssh itself is not installed.</summary>
    public bool IsMissingProgram { get; init; }
}
