using System.Buffers;
using System.Globalization;
using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives;

/// <summary>
/// The names of entries in a tar archive. What a file system allows and a terminal, <c>sha256sum -c</c> or another system stumbles over is
/// written as <c>%HH</c>; the list in the archive has the real names.
/// </summary>
internal static class ArchiveNames
{
    private const string Files = "files";
    private const string Outside = "outside";
    private const string Databases = "databases";

    /// <summary>What makes a name unsafe: the paths of Linux are shorter than this many bytes (PATH_MAX).</summary>
    private const int Longest = 4096 * 3;

    /// <summary>Below the root of the application: its relative path. Elsewhere: the absolute one, without the slash.</summary>
    internal static string OfFile(FilePath path, FilePath? root)
    {
        var isBelow = root is not null && path.IsUnder(root);
        var skip = isBelow ? root!.Components.Count : 0;
        return string.Join('/', path.Components.Skip(skip).Select(part => Escape(part.Span)).Prepend(isBelow ? Files : Outside));
    }

    internal static string OfDatabase(string name, ISet<string> taken)
    {
        var stem = Escape(Encoding.UTF8.GetBytes(name)).Replace("/", "%2F", StringComparison.Ordinal);
        if (stem.EndsWith(".db", StringComparison.Ordinal)) stem = stem[..^".db".Length];
        var path = $"{Databases}/{stem}.db";
        for (var i = 2; !taken.Add(path); i++) path = string.Create(CultureInfo.InvariantCulture, $"{Databases}/{stem}-{i}.db");
        return path;
    }

    /// <summary>Refuses a name that leads out of the folder an archive is unpacked in, or means something to a terminal.</summary>
    /// <exception cref="HoldfastException">Damaged.</exception>
    internal static void RequireSafe(string name)
    {
        var why = name.Length is 0 or > Longest ? "is empty or too long"
            : name[0] == '/' ? "is absolute"
            : name.Split('/').Any(part => part is "" or "." or "..") ? "leads elsewhere"
            : name.EnumerateRunes().Any(rune => !Quoted.IsHarmless(rune) || rune.Value == '\\') ? "has characters that no name in an archive has"
            : null;
        if (why is null) return;
        throw new HoldfastException(
            FailureKind.Damaged, $"the archive is refused: its name {Quoted.Text(name)} {why}", "it was made by another program or to do harm: use another one");
    }

    private static string Escape(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        // "~" at the beginning is for shells, "-" for programs; both stand behind a folder here and do no harm.
        while (!name.IsEmpty)
        {
            var isText = Rune.DecodeFromUtf8(name, out var rune, out var used) == OperationStatus.Done;
            if (isText && Quoted.IsHarmless(rune) && rune.Value != '\\' && !IsEscape(name)) text.Append(rune.ToString());
            else foreach (var value in name[..used]) text.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
            name = name[used..];
        }

        return text.ToString();
    }

    // Otherwise "a%0A" and "a" with a line feed would be the same name.
    private static bool IsEscape(ReadOnlySpan<byte> name) =>
        name.Length > 2 && name[0] == '%' && char.IsAsciiHexDigit((char)name[1]) && char.IsAsciiHexDigit((char)name[2]);
}
