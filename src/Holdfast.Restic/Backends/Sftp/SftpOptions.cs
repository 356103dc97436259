namespace Holdfast.Restic.Backends.Sftp;

/// <summary>How the machine of an sftp repository is reached, beside its address.</summary>
public sealed record SftpOptions
{
    /// <summary>
    /// The program and its arguments that connect to the server's SFTP subsystem, in place of ssh and the address's host, user and port
    /// (as restic's sftp.command).
    /// </summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Arguments for ssh before the host, such as <c>-F FILE</c> (as restic's sftp.args).</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables of the environment that ssh is not given: it hands them on to whatever its settings name, and to the server where these say so.</summary>
    public IReadOnlyCollection<string> HiddenVariables { get; init; } = [];

    /// <summary>The connection is given up when a request has no answer for this long.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(5);
}
