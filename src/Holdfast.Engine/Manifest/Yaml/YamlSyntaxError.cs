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
        return exception.Message.Contains("tab", StringComparison.Ordinal) && TabFrom(line, text) is { } tab
            ? new ManifestError(tab.Line, tab.Column, string.Empty, "a tab is used for indentation", "YAML indents with spaces only")
            : new ManifestError(line, column, string.Empty, "this is not YAML: " + Sentence(exception.Message), null);
    }

    public static ManifestError At(Mark place) => new(
        Math.Max(1, (int)place.Line),
        Math.Max(1, (int)place.Column),
        string.Empty,
        "this is not YAML",
        "look for a bracket, brace or quote that is not closed here or above");

    // The reader's own place can be lines above the tab.
    private static (int Line, int Column)? TabFrom(int line, string text)
    {
        var lines = text.Split('\n');
        for (var candidate = line; candidate <= lines.Length; candidate++)
        {
            if (IndentingTab(lines[candidate - 1]) is var column and >= 0)
            {
                return (candidate, column + 1);
            }
        }

        return null;
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
}
