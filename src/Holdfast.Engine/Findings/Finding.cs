using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Findings;

/// <summary>One result of a look at an application, with what to do about it.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Message">One sentence, harmless for terminals.</param>
/// <param name="Hint">What to do about it; null when there is nothing to do or the message says it.</param>
public sealed record Finding(FindingSeverity Severity, string Message, string? Hint)
{
    /// <summary>Where in the manifest it stands; null for what is about no key.</summary>
    public FindingPlace? Place { get; init; }

    /// <summary>One line as compilers write it, so that editors can jump to it.</summary>
    public string Describe(string fileName)
    {
        var hint = Hint is null ? string.Empty : $" ({Hint})";
        var place = Place is null ? string.Empty : $"{Place.Line}:{Place.Column}: {Place.Key}: ";
        return $"{Quoted.Escape(fileName, longest: 300)}:{place}{Message}{hint}";
    }
}

/// <summary>How much a finding matters.</summary>
public enum FindingSeverity
{
    Ok,

    /// <summary>It works, but not as well as it could or not for ever.</summary>
    Warning,

    /// <summary>There is nothing to rely on, or a backup, drill or restore cannot do what the manifest says.</summary>
    Critical,
}

/// <summary>A place in a manifest.</summary>
/// <param name="Key">Such as <c>databases.main.sqlite</c>.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public sealed record FindingPlace(string Key, int Line, int Column);
