namespace Holdfast.Engine.Manifest;

/// <summary>URLs that are asked whether an application works.</summary>
internal static class ProbeUrl
{
    /// <returns>What is wrong, as the end of a sentence that starts with the text; null when nothing is.</returns>
    public static string? Problem(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0
            ? null
            : "is no URL that starts with http:// or https://";

    /// <summary>As <see cref="Problem"/>, for a text with placeholders.</summary>
    public static string? ProblemWithPlaceholders(string text) =>
        Problem(text.Replace("{port}", "1", StringComparison.Ordinal).Replace("{root}", "root", StringComparison.Ordinal));
}
