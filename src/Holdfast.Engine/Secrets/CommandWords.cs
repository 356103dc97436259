using System.Text;

namespace Holdfast.Engine.Secrets;

/// <summary>
/// Splits a command line at spaces, without a shell: single or double quotes keep words together and are removed;
/// backslashes, variables and everything else mean themselves.
/// </summary>
public static class CommandWords
{
    /// <returns>What is wrong, as the end of a sentence that starts with the text; null when nothing is.</returns>
    public static string? TrySplit(string text, out IReadOnlyList<string> words)
    {
        var found = new List<string>();
        StringBuilder? word = null;
        char? quote = null;
        words = found;
        foreach (var character in text)
        {
            if (character == quote)
            {
                quote = null;
            }
            else if (quote is null && character is '\'' or '"')
            {
                quote = character;
                word ??= new StringBuilder();
            }
            else if (quote is null && char.IsWhiteSpace(character))
            {
                Finish(found, ref word);
            }
            else
            {
                (word ??= new StringBuilder()).Append(character);
            }
        }

        Finish(found, ref word);
        return quote is not null ? "has a quote that is not closed"
            : text.Contains('\0', StringComparison.Ordinal) ? "holds a zero character"
            : found.Count == 0 || found[0].Length == 0 ? "names no program"
            : null;
    }

    /// <exception cref="ArgumentException">The text names no program or has an open quote.</exception>
    public static IReadOnlyList<string> Split(string text) =>
        TrySplit(text, out var words) is { } problem ? throw new ArgumentException("the command line " + problem, nameof(text)) : words;

    private static void Finish(List<string> words, ref StringBuilder? word)
    {
        if (word is not null)
        {
            words.Add(word.ToString());
            word = null;
        }
    }
}
