using Holdfast.Engine.Files;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Processes;

/// <summary>A program to start that goes its own way. There is no shell in between: arguments reach the program as they are.</summary>
public sealed record DetachedProcessOptions
{
    /// <summary>A path, or a name to look up in PATH. A relative path starts from the working directory.</summary>
    public required string Program { get; init; }

    /// <summary>Never secrets: every user can read them while the program runs.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables to set on top of this process's own; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Null for this process's own.</summary>
    public FilePath? WorkingDirectory { get; init; }

    /// <summary>A private file that both outputs are appended to, made when missing; null drops them.</summary>
    public FilePath? Output { get; init; }

    /// <summary>What it reads; null for nothing.</summary>
    public SafeFileHandle? Input { get; init; }
}
