using Holdfast.Engine.Files;

namespace Holdfast.Cli.Output;

/// <summary>Makes text from outside harmless for a terminal: control characters and escapes are shown, not obeyed.</summary>
internal static class Printable
{
    /// <summary>One line: every control character is escaped, line feeds too.</summary>
    internal static string Line(string text) => text.Any(char.IsControl) ? PrintableName.Escape(text) : text;

    /// <summary>Several lines: line feeds stay, all other control characters are escaped.</summary>
    internal static string Text(string text) => string.Join('\n', text.Split('\n').Select(Line));
}
