namespace Holdfast.Engine.Manifest;

/// <summary>One thing that is wrong in a manifest and where; lines and columns count from 1.</summary>
/// <param name="Path">Such as <c>databases.main.sqlite</c>; empty for the document as a whole.</param>
/// <param name="Hint">What to write instead; null when the message says it.</param>
public sealed record ManifestError(int Line, int Column, string Path, string Message, string? Hint)
{
    /// <summary>One line as compilers write it, so that editors can jump to it: <c>holdfast.yaml:12:5: path: message (hint)</c>.</summary>
    public string Describe(string fileName)
    {
        var path = Path.Length == 0 ? string.Empty : Path + ": ";
        var hint = Hint is null ? string.Empty : $" ({Hint})";
        return $"{fileName}:{Line}:{Column}: {path}{Message}{hint}";
    }
}
