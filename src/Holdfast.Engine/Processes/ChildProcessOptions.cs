namespace Holdfast.Engine.Processes;

/// <summary>A program to run. There is no shell in between: arguments reach the program as they are.</summary>
public sealed record ChildProcessOptions
{
    /// <summary>A path, or a name to look up in PATH.</summary>
    public required string Program { get; init; }

    /// <summary>Never secrets: every user can read them while the program runs.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables to set on top of this process's own; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>What the program reads from its standard input; then comes the end of it.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Null for this process's own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Bytes kept of each output; the rest is read and dropped, so that the program is not held up.</summary>
    public int OutputLimit { get; init; } = 1024 * 1024;

    /// <summary>After this time the program and all it started are killed; null waits for ever.</summary>
    public TimeSpan? Timeout { get; init; }
}
