namespace Holdfast.Testing;

/// <summary>How <see cref="RcloneServer"/> serves.</summary>
public sealed record RcloneOptions
{
    /// <summary>Files can be added, and only locks removed.</summary>
    public bool AppendOnly { get; init; }

    /// <summary>Null for a server that asks for nothing.</summary>
    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>Serves over TLS, with a certificate of an authority of its own.</summary>
    public bool UsesTls { get; init; }

    /// <summary>The port, or 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>What is served; null for a folder of the server's own.</summary>
    public string? Folder { get; init; }
}
