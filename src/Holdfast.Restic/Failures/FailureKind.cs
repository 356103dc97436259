namespace Holdfast.Restic.Failures;

/// <summary>What went wrong, in the classes that decide the exit code and how a caller may react.</summary>
public enum FailureKind
{
    /// <summary>The operation failed; nothing more specific applies. Exit code 1.</summary>
    Failed,

    /// <summary>A stored file is missing, truncated, altered or does not decode. Exit code 1.</summary>
    Damaged,

    /// <summary>
    /// The storage as a whole cannot be reached or refuses access, which says nothing about what is stored. Exit code 1.
    /// </summary>
    Unavailable,

    /// <summary>
    /// The storage is reached and can be read, but does not allow this change: it only lets files be added, or the credentials cannot
    /// delete. Exit code 1.
    /// </summary>
    Refused,

    /// <summary>The disk or the quota is full. Exit code 1.</summary>
    NoSpace,

    /// <summary>Something that was asked for (a snapshot, a path, a file) does not exist. Exit code 1.</summary>
    NotFound,

    /// <summary>Another process holds what is needed: a database, a target. Exit code 1.</summary>
    Busy,

    /// <summary>The command line or the manifest is wrong. Exit code 2.</summary>
    Usage,

    /// <summary>There is no repository at the given place. Exit code 10.</summary>
    NoRepository,

    /// <summary>The repository is locked by another process. Exit code 11.</summary>
    Locked,

    /// <summary>The passphrase opens none of the repository's keys. Exit code 12.</summary>
    WrongKey,

    /// <summary>Whoever read the output has gone, as head(1) does. Nobody is told; exit code 141, as of a program that SIGPIPE ended.</summary>
    OutputClosed,

    /// <summary>The user or the system asked to stop. Exit code 130.</summary>
    Interrupted,
}
