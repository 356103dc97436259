using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Secrets;

/// <summary>What of a file or of a program's output is the passphrase.</summary>
internal static class PassphraseText
{
    /// <summary>
    /// Everything but one line break at the end and a UTF-8 byte order mark in front. Stock restic takes all white space away from
    /// both ends, so where that makes a difference a notice says so: the same file would not open the repository there.
    /// </summary>
    /// <param name="shown">The source, for messages.</param>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> content, string shown, ICollection<string> notices)
    {
        if (content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || content.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            throw new HoldfastException(FailureKind.Usage, $"{shown} gives UTF-16", "save it as UTF-8");
        }

        if (content.StartsWith("\uFEFF"u8))
        {
            content = content[3..];
        }

        if (content.EndsWith("\n"u8))
        {
            content = content[..^(content.EndsWith("\r\n"u8) ? 2 : 1)];
        }

        if (!content.IsEmpty && (IsSpace(content[0]) || IsSpace(content[^1])))
        {
            notices.Add(
                $"{shown} gives a passphrase with white space at an end; stock restic would take that away and not open the repository");
        }

        return content;
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (>= 9 and <= 13);
}
