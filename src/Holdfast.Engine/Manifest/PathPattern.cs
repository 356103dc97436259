using System.Text;

namespace Holdfast.Engine.Manifest;

/// <summary>
/// A glob over paths with '/' between the names, as <c>gitignore(5)</c> has them: <c>*</c> and <c>?</c> stay within a
/// name, <c>**</c> spans folders, <c>[a-z]</c> and <c>[!a-z]</c> are one character, a backslash takes the next character
/// as it is, a final '/' matches folders only. A leading dot is nothing special; case matters. Works on bytes, because
/// names need not be UTF-8. Time is at most the product of the lengths of pattern and path, whatever the pattern.
/// </summary>
public sealed class PathPattern
{
    private const int LongestText = 1024;

    // null stands for "**": any number of names, none included.
    private readonly NamePattern?[] _names;

    private PathPattern(string text, string body, bool isAnchored)
    {
        Text = text;
        IsAbsolute = text.StartsWith('/');
        IsFoldersOnly = body.EndsWith('/');
        MatchesAtAnyDepth = !isAnchored && !body.TrimEnd('/').Contains('/', StringComparison.Ordinal) && !IsAbsolute;
        var names = body.Trim('/').Split('/');
        var compiled = names.Select(name => name == "**" ? null : NamePattern.Compile(name)).ToList();
        if (compiled[^1] is null)
        {
            // "folder/**" is what is in the folder, not the folder.
            compiled.Add(NamePattern.Compile("*"));
        }

        _names = [.. compiled];
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Starts with '/': meant for absolute paths, which are then matched without their leading '/'.</summary>
    public bool IsAbsolute { get; }

    /// <summary>Ends with '/'.</summary>
    public bool IsFoldersOnly { get; }

    /// <summary>Holds no '/': meant for names, wherever they are.</summary>
    public bool MatchesAtAnyDepth { get; }

    /// <summary>A pattern which, without a '/', matches a name in any folder.</summary>
    /// <exception cref="ArgumentException"><see cref="Problem"/> has an answer for this text.</exception>
    public static PathPattern Parse(string text) => Create(text, isAnchored: false);

    /// <summary>A pattern which, without a '/', matches names in the first folder only, as in a shell.</summary>
    /// <exception cref="ArgumentException"><see cref="Problem"/> has an answer for this text.</exception>
    public static PathPattern ParseAnchored(string text) => Create(text, isAnchored: true);

    /// <summary>What is wrong with a pattern; null when nothing is.</summary>
    public static string? Problem(string text)
    {
        if (text.Trim('/').Length == 0)
        {
            return "is empty";
        }

        if (text.Length > LongestText)
        {
            return $"is longer than {LongestText} characters";
        }

        if (text.StartsWith('!'))
        {
            return "starts with '!', but a pattern cannot take back another one; write \\! for the character itself";
        }

        var names = text.TrimEnd('/').Split('/').Skip(text.StartsWith('/') ? 1 : 0);
        return names.Select(NamePattern.Problem).FirstOrDefault(problem => problem is not null);
    }

    /// <summary>Whether the text holds an unescaped <c>*</c>, <c>?</c>, <c>[</c> or <c>{</c> and so is no plain path.</summary>
    public static bool HasWildcards(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] is '*' or '?' or '[' or '{')
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The text without the backslashes that protect characters.</summary>
    public static string Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            plain.Append(text[i] == '\\' && i + 1 < text.Length ? text[++i] : text[i]);
        }

        return plain.ToString();
    }

    /// <summary>A plain path as a text which means exactly this path; the opposite of <see cref="Unescape"/>.</summary>
    public static string Escape(string path)
    {
        var escaped = new StringBuilder(path.Length);
        foreach (var character in path)
        {
            // '!' and '~' are special in front only.
            if (character is '*' or '?' or '[' or '{' or '\\' || (escaped.Length == 0 && character is '!' or '~'))
            {
                escaped.Append('\\');
            }

            escaped.Append(character);
        }

        return escaped.ToString();
    }

    /// <param name="path">Names with '/' between them, none in front.</param>
    /// <param name="isFolder">Patterns ending with '/' match folders only.</param>
    public bool IsMatch(ReadOnlySpan<byte> path, bool isFolder)
    {
        if (path.IsEmpty || (IsFoldersOnly && !isFolder))
        {
            return false;
        }

        return MatchNames(MatchesAtAnyDepth ? path[(path.LastIndexOf((byte)'/') + 1)..] : path);
    }

    private static PathPattern Create(string text, bool isAnchored)
    {
        if (Problem(text) is { } problem)
        {
            throw new ArgumentException("the pattern " + problem, nameof(text));
        }

        return new PathPattern(text, text.StartsWith('/') ? text[1..] : text, isAnchored);
    }

    // Only the last "**" is ever retried: what stands before it matched as early as it can, and later is never better.
    private bool MatchNames(ReadOnlySpan<byte> path)
    {
        int name = 0, at = 0, retryName = -1, retryAt = 0;
        while (at <= path.Length)
        {
            if (name < _names.Length && _names[name] is null)
            {
                retryName = ++name;
                retryAt = at;
            }
            else if (name < _names.Length && _names[name]!.IsMatch(path[at..End(path, at)]))
            {
                name++;
                at = End(path, at) + 1;
            }
            else if (retryName >= 0)
            {
                name = retryName;
                at = retryAt = End(path, retryAt) + 1;
            }
            else
            {
                return false;
            }
        }

        return name == _names.Length;
    }

    private static int End(ReadOnlySpan<byte> path, int start)
    {
        var length = path[start..].IndexOf((byte)'/');
        return length < 0 ? path.Length : start + length;
    }
}
