using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Applications;

/// <summary>How bad it is.</summary>
public enum ManifestSeverity
{
    /// <summary>It works, but not as well as it could or not for ever.</summary>
    Warning,

    /// <summary>A backup, drill or restore cannot do what the manifest says.</summary>
    Error,
}

/// <summary>One thing that a manifest says and that is not so on this machine.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Line">Of the manifest, from 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Key">Such as <c>databases.main.sqlite</c>.</param>
/// <param name="Message">Harmless for terminals.</param>
/// <param name="Hint">What to do; null when the message says it.</param>
public sealed record ManifestFinding(ManifestSeverity Severity, int Line, int Column, string Key, string Message, string? Hint)
{
    /// <summary>One line as compilers write it, so that editors can jump to it.</summary>
    public string Describe(string fileName)
    {
        var hint = Hint is null ? string.Empty : $" ({Hint})";
        return $"{Quoted.Escape(fileName, longest: 300)}:{Line}:{Column}: {Key}: {Message}{hint}";
    }
}
