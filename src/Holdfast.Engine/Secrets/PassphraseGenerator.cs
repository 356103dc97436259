using System.Security.Cryptography;

namespace Holdfast.Engine.Secrets;

/// <summary>Makes passphrases that are strong and can be copied from paper: six groups of five characters, 148 bits.</summary>
public static class PassphraseGenerator
{
    /// <summary>31 characters, none of which is mistaken for another one in print: no i, l, o, 0 and 1.</summary>
    public const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    private const int Groups = 6;
    private const int GroupLength = 5;

    /// <summary>A passphrase from the system's random number generator, such as <c>k7wqp-…</c>.</summary>
    public static Passphrase Generate()
    {
        Span<byte> text = stackalloc byte[(Groups * (GroupLength + 1)) - 1];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = i % (GroupLength + 1) == GroupLength ? (byte)'-' : (byte)Alphabet[RandomNumberGenerator.GetInt32(Alphabet.Length)];
        }

        try
        {
            return new Passphrase(text);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }
}
