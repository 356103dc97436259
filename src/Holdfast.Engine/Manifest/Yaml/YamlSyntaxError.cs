using Holdfast.Restic.Failures;
using YamlDotNet.Core;

namespace Holdfast.Engine.Manifest.Yaml;

/// <summary>What the YAML reader complains about, in words that help: most of all the tab, which YAML's own messages hide.</summary>
internal static class YamlSyntaxError
{
    public static ManifestError From(YamlException exception, string text)
    {
        var line = Math.Max(1, (int)exception.Start.Line);
        var column = Math.Max(1, (int)exception.Start.Column);
        var lines = text.Split('\n');
        for (var candidate = Math.Min(line, lines.Length); candidate >= Math.Max(1, line - 1); candidate--)
        {
            var tab = IndentingTab(lines[candidate - 1]);
            if (tab >= 0)
            {
                return new ManifestError(candidate, tab + 1, string.Empty, "a tab is used for indentation", "YAML indents with spaces only");
            }
        }

        return new ManifestError(line, column, string.Empty, "this is not YAML: " + Sentence(exception.Message), Hint(lines, line));
    }

    private static int IndentingTab(string line)
    {
        var tab = line.IndexOf('\t', StringComparison.Ordinal);
        return tab >= 0 && string.IsNullOrWhiteSpace(line[..tab]) ? tab : -1;
    }

    private static string Sentence(string message)
    {
        var text = Quoted.Escape(message.Trim().TrimEnd('.'), longest: 200);
        return text.Length == 0 ? "it cannot be read" : char.ToLowerInvariant(text[0]) + text[1..];
    }

    private static string? Hint(string[] lines, int line)
    {
        var value = line <= lines.Length ? lines[line - 1] : string.Empty;
        return value.Contains(": *", StringComparison.Ordinal) || value.Contains("- *", StringComparison.Ordinal)
            ? "a pattern that starts with '*' must be quoted: \"*.tmp\""
            : null;
    }
}
