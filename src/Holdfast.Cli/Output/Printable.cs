using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Output;

/// <summary>Makes text from outside harmless for a terminal: control characters and those that reorder a line are shown, not obeyed.</summary>
internal static class Printable
{
    /// <summary>One line: what is harmful is escaped, line feeds too.</summary>
    internal static string Line(string text) => Quoted.Escape(text, int.MaxValue);

    /// <summary>Several lines: line feeds stay, all else that is harmful is escaped.</summary>
    internal static string Text(string text) => string.Join('\n', text.Split('\n').Select(Line));
}
