using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Restores.Staging;

/// <summary>
/// The names of files that are not finished, <c>.NAME.holdfast-new-PID-START</c> beside NAME: they say which process is at it,
/// so that what a killed one left behind can be told from what a living one is writing.
/// </summary>
internal static partial class StagedName
{
    private const int LongestName = 255;
    private const int KeptOfLongName = 150;

    internal static FilePath For(FilePath destination, ProcessIdentity owner)
    {
        var suffix = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{RestoreFileNames.StagedMark}{owner.Id}-{owner.StartTicks}"));
        var name = destination.Name.Span;
        // Room for the suffixes of journals, too.
        if (name.Length + suffix.Length + SqliteRelatedFiles.RollbackJournal.Length + 1 > LongestName)
        {
            var hash = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(name).AsSpan(0, 8)));
            name = (byte[])[.. name[..KeptOfLongName], (byte)'~', .. hash];
        }

        return (destination.Parent ?? FilePath.From(".")).Combine((byte[])[(byte)'.', .. name, .. suffix]);
    }

    /// <summary>Who was to finish the file of this name; null when it is no such name.</summary>
    internal static ProcessIdentity? OwnerOf(ReadOnlySpan<byte> name)
    {
        // Latin-1 keeps every byte a character, so that names that are not UTF-8 match too.
        var match = Pattern().Match(Encoding.Latin1.GetString(name));
        return match.Success
            && int.TryParse(match.Groups["id"].ValueSpan, CultureInfo.InvariantCulture, out var id)
            && ulong.TryParse(match.Groups["start"].ValueSpan, CultureInfo.InvariantCulture, out var start)
                ? new ProcessIdentity(id, start)
                : null;
    }

    [GeneratedRegex(
        @"^\..+\" + RestoreFileNames.StagedMark + "(?<id>[0-9]{1,10})-(?<start>[0-9]{1,20})("
            + SqliteRelatedFiles.Wal + "|" + SqliteRelatedFiles.WalIndex + "|" + SqliteRelatedFiles.RollbackJournal + ")?$",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
