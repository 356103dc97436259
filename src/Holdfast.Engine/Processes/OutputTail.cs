using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Processes;

/// <summary>What a program said last, to stand behind a message: its standard error, or its output where that is empty.</summary>
internal static class OutputTail
{
    private const int MostLines = 10;

    /// <summary>UTF-16 units.</summary>
    private const int Most = 1000;

    /// <summary>Units that one of them can become when it is escaped.</summary>
    private const int EscapedUnit = 4;

    /// <summary>Behind a colon in the same line; empty when it said nothing.</summary>
    internal static string InLine(ChildProcessResult result) => InLine(Said(result));

    /// <inheritdoc cref="InLine(ChildProcessResult)"/>
    internal static string InLine(string said) => Escape(said) is { Length: > 0 } end ? ": " + end : string.Empty;

    /// <summary>Behind a colon, in lines of their own; empty when it said nothing.</summary>
    internal static string InLines(ChildProcessResult result)
    {
        var lines = Last(Said(result)).Split('\n').Where(line => line.Trim().Length > 0).TakeLast(MostLines).ToList();
        return lines.Count == 0 ? string.Empty : ":\n" + string.Join('\n', lines.Select(line => "  " + Quoted.Escape(line.TrimEnd('\r'), Most * EscapedUnit)));
    }

    /// <summary>The end of it, escaped into one line.</summary>
    internal static string Escape(string said) => Quoted.Escape(Last(said), Most * EscapedUnit);

    private static string Said(ChildProcessResult result) => result.ErrorText.Trim().Length > 0 ? result.ErrorText : result.OutputText;

    private static string Last(string said)
    {
        var text = said.Trim();
        if (text.Length <= Most) return text;
        var start = text.Length - Most;
        return "…" + text[(char.IsLowSurrogate(text[start]) ? start + 1 : start)..];
    }
}
