namespace Holdfast.Engine.Manifest;

/// <summary>One entry of <c>files</c>: a path, or a pattern with the folder below which it is looked for.</summary>
public sealed record FileSelection
{
    private FileSelection(string text, string path, PathPattern? pattern)
    {
        Text = text;
        Path = path;
        Pattern = pattern;
    }

    /// <summary>As it stands in the manifest.</summary>
    public string Text { get; }

    /// <summary>Absolute: the file or folder itself or, with a pattern, the folder to look in.</summary>
    public string Path { get; }

    /// <summary>
    /// What is looked for, relative to <see cref="Path"/>; null for a plain path. A folder that matches is taken with all it holds.
    /// </summary>
    public PathPattern? Pattern { get; }

    /// <summary>The entry resolved below the root. The text must have passed <see cref="ManifestFormats.FileEntry"/>.</summary>
    internal static FileSelection Parse(string text, string root)
    {
        if (!PathPattern.HasWildcards(text))
        {
            var path = System.IO.Path.GetFullPath(PathPattern.Unescape(text), root);
            return new FileSelection(text, System.IO.Path.TrimEndingDirectorySeparator(path), null);
        }

        // Only the folders before the first wildcard are a place; the walk then starts as deep as it can.
        var segments = text.Split('/');
        var plain = segments.TakeWhile(segment => !PathPattern.HasWildcards(segment)).Count();
        var place = PathPattern.Unescape(string.Join('/', segments[..plain]));
        if (text.StartsWith('/') && place.Length == 0)
        {
            place = "/";
        }

        var folder = System.IO.Path.GetFullPath(place.Length == 0 ? "." : place, root);
        return new FileSelection(text, folder, PathPattern.ParseAnchored(string.Join('/', segments[plain..])));
    }
}
