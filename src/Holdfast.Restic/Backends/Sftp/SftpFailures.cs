using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Sftp;

/// <summary>What a refusal of the server, or a lost connection, means.</summary>
internal static class SftpFailures
{
    private const int LongestWords = 200;

    // The words of ssh after which trying again is of no use.
    private static readonly string[] Lasting =
        ["Permission denied", "Host key verification failed", "No such identity", "Bad configuration", "usage: ssh", "Subsystem", "subsystem"];

    public static bool IsExpected(Exception error) => error is SftpRefusalException or SftpConnectionException or InvalidDataException;

    /// <param name="action">Completes "cannot …".</param>
    /// <param name="changes">Whether something was to be stored or deleted.</param>
    public static HoldfastException From(Exception error, string action, bool changes) => error switch
    {
        SftpConnectionException lost => From(lost, action),
        SftpRefusalException refusal => From(refusal, action, changes),
        _ => new HoldfastException(FailureKind.Unavailable, $"cannot {action}: {error.Message}", null, error),
    };

    private static HoldfastException From(SftpConnectionException lost, string action)
    {
        if (lost.IsMissingProgram)
            return new HoldfastException(FailureKind.Failed, $"cannot {action}: the program {lost.Complaint}", "install it: apt install openssh-client", lost);
        var said = lost.Complaint.Length == 0 ? string.Empty : $"; it says: {lost.Complaint}";
        return new HoldfastException(
            FailureKind.Unavailable,
            $"cannot {action}: {lost.Message} over ssh{said}",
            "check that `ssh` with the same user and host gets there without a question",
            lost)
        { IsTransient = !Lasting.Any(words => lost.Complaint.Contains(words, StringComparison.Ordinal)) };
    }

    private static HoldfastException From(SftpRefusalException refusal, string action, bool changes) => refusal.Status switch
    {
        SftpStatus.NoSuchFile => new(FailureKind.NotFound, $"cannot {action}: it does not exist", null, refusal),
        SftpStatus.PermissionDenied => new(
            changes ? FailureKind.Refused : FailureKind.Unavailable,
            $"cannot {action}: the server denies permission",
            "check whom the repository's directories on the server belong to, and whether its SFTP allows this",
            refusal),
        SftpStatus.NoConnection or SftpStatus.ConnectionLost => new(
            FailureKind.Unavailable, $"cannot {action}: the server has lost its storage", null, refusal)
        { IsTransient = true },
        _ => new(FailureKind.Failed, $"cannot {action}: the server says {Quoted.Escape(refusal.Words, LongestWords)}", null, refusal),
    };
}
