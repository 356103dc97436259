using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Output;

/// <summary>
/// Makes text from outside harmless for a terminal: control characters, escapes and what reverses the reading direction are shown, not obeyed.
/// Text that is harmless, or has been made so before, stays as it is.
/// </summary>
internal static class Printable
{
    /// <summary>One line: line feeds are escaped too.</summary>
    internal static string Line(string text) => Quoted.Escape(text, int.MaxValue);

    /// <summary>Several lines: line feeds stay, all else is escaped.</summary>
    internal static string Text(string text) => string.Join('\n', text.Split('\n').Select(Line));
}
