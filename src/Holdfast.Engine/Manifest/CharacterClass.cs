using System.Text;

namespace Holdfast.Engine.Manifest;

/// <summary>The characters between square brackets: <c>[abc]</c>, <c>[a-z]</c>, <c>[!a-z]</c> or <c>[^a-z]</c>.</summary>
internal sealed class CharacterClass
{
    private readonly IReadOnlyList<(int First, int Last)> _ranges;
    private readonly bool _isNegated;

    private CharacterClass(IReadOnlyList<(int First, int Last)> ranges, bool isNegated)
    {
        _ranges = ranges;
        _isNegated = isNegated;
    }

    /// <summary>Every character, also one that is not UTF-8.</summary>
    public static CharacterClass Any { get; } = new([], isNegated: true);

    /// <param name="character">A Unicode scalar value; -1 for a byte that is not UTF-8.</param>
    public bool Contains(int character)
    {
        foreach (var (first, last) in _ranges)
        {
            if (character >= first && character <= last)
            {
                return !_isNegated;
            }
        }

        return _isNegated;
    }

    /// <summary>Reads a class that opens at <paramref name="at"/> and leaves <paramref name="at"/> on its closing bracket.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? TryParse(string text, ref int at, out CharacterClass? characters)
    {
        characters = null;
        var position = at + 1;
        var isNegated = position < text.Length && text[position] is '!' or '^';
        if (isNegated)
        {
            position++;
        }

        var ranges = new List<(int First, int Last)>();
        // A bracket in first place is a character, not the end.
        while (position < text.Length && (text[position] != ']' || ranges.Count == 0))
        {
            if (!TryReadCharacter(text, ref position, out var first))
            {
                break;
            }

            var last = first;
            if (position + 1 < text.Length && text[position] == '-' && text[position + 1] != ']')
            {
                position++;
                if (!TryReadCharacter(text, ref position, out last))
                {
                    break;
                }
            }

            if (last < first)
            {
                return "has a range in square brackets that runs backwards";
            }

            ranges.Add((first, last));
        }

        if (position >= text.Length)
        {
            return "has a '[' without its ']'; write \\[ for the character itself";
        }

        at = position;
        characters = new CharacterClass(ranges, isNegated);
        return null;
    }

    private static bool TryReadCharacter(string text, ref int position, out int character)
    {
        if (text[position] == '\\' && position + 1 < text.Length)
        {
            position++;
        }

        var isWhole = Rune.TryGetRuneAt(text, position, out var rune);
        character = isWhole ? rune.Value : 0;
        position = isWhole ? position + rune.Utf16SequenceLength : text.Length;
        return isWhole;
    }
}
