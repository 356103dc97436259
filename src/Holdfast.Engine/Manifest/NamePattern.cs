using System.Text;

namespace Holdfast.Engine.Manifest;

/// <summary>The part of a <see cref="PathPattern"/> for one name: literal bytes, <c>?</c>, <c>*</c> and character classes.</summary>
internal sealed class NamePattern
{
    private readonly Token[] _tokens;

    private NamePattern(Token[] tokens) => _tokens = tokens;

    private enum TokenKind
    {
        Literal,
        One,
        Run,
    }

    public static string? Problem(string name)
    {
        if (name is "" or "." or "..")
        {
            return "has an empty name, '.' or '..' between its slashes; leave these out";
        }

        return TryCompile(name, out _);
    }

    public static NamePattern Compile(string name) =>
        TryCompile(name, out var tokens) is { } problem ? throw new ArgumentException(problem, nameof(name)) : new NamePattern(tokens);

    /// <summary>Whether the whole name matches. Only the last '*' is ever retried, so time is at most the product of the lengths.</summary>
    public bool IsMatch(ReadOnlySpan<byte> name)
    {
        int token = 0, at = 0, retryToken = -1, retryAt = 0;
        while (at < name.Length || token < _tokens.Length)
        {
            if (token < _tokens.Length && _tokens[token].Kind == TokenKind.Run)
            {
                retryToken = ++token;
                retryAt = at;
            }
            else if (token < _tokens.Length && _tokens[token].TakenFrom(name[at..]) is var taken and > 0)
            {
                token++;
                at += taken;
            }
            else if (retryToken >= 0 && retryAt < name.Length)
            {
                token = retryToken;
                at = retryAt += LengthOfCharacter(name[retryAt..], out _);
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    private static string? TryCompile(string name, out Token[] tokens)
    {
        var list = new List<Token>();
        var literal = new StringBuilder();
        tokens = [];
        for (var i = 0; i < name.Length; i++)
        {
            switch (name[i])
            {
                case '\0':
                    return "holds a zero character, which no name can";
                case '{':
                    return "has braces, which mean nothing here: write each alternative as a pattern of its own, or \\{ for the character";
                case '\\' when i + 1 == name.Length:
                    return "ends with a lone backslash";
                case '\\':
                    literal.Append(name[++i]);
                    break;
                case '*':
                    Flush(list, literal);
                    list.Add(new Token(TokenKind.Run, null, null));
                    break;
                case '?':
                    Flush(list, literal);
                    list.Add(new Token(TokenKind.One, null, CharacterClass.Any));
                    break;
                case '[':
                    Flush(list, literal);
                    if (CharacterClass.TryParse(name, ref i, out var characters) is { } problem)
                    {
                        return problem;
                    }

                    list.Add(new Token(TokenKind.One, null, characters));
                    break;
                default:
                    literal.Append(name[i]);
                    break;
            }
        }

        Flush(list, literal);
        tokens = [.. list];
        return null;
    }

    private static void Flush(List<Token> tokens, StringBuilder literal)
    {
        if (literal.Length > 0)
        {
            tokens.Add(new Token(TokenKind.Literal, Encoding.UTF8.GetBytes(literal.ToString()), null));
            literal.Clear();
        }
    }

    // A byte that is not UTF-8 counts as one character outside every class.
    private static int LengthOfCharacter(ReadOnlySpan<byte> bytes, out int character)
    {
        var valid = Rune.DecodeFromUtf8(bytes, out var rune, out var length) == System.Buffers.OperationStatus.Done;
        character = valid ? rune.Value : -1;
        return valid ? length : 1;
    }

    private readonly record struct Token(TokenKind Kind, byte[]? Bytes, CharacterClass? Characters)
    {
        /// <summary>Bytes taken from the front; 0 when it does not match.</summary>
        public int TakenFrom(ReadOnlySpan<byte> rest)
        {
            if (Kind == TokenKind.Literal)
            {
                return rest.StartsWith(Bytes) ? Bytes!.Length : 0;
            }

            if (rest.IsEmpty)
            {
                return 0;
            }

            var length = LengthOfCharacter(rest, out var character);
            return Characters!.Contains(character) ? length : 0;
        }
    }
}
