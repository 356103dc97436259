using System.Text;
using System.Text.RegularExpressions;

namespace Holdfast.Engine.RestorePoints;

/// <summary>How the files are called that a restore makes beside those of the application, for a while.</summary>
public static partial class RestoreFileNames
{
    /// <summary>Stands in the names of files that are not in their place yet, before the process that is at them.</summary>
    internal const string StagedMark = ".holdfast-new-";

    /// <summary>Stands in the names of old files that are kept, before the time.</summary>
    internal const string KeptMark = ".before-restore-";

    /// <summary>A file of this name is not in its place yet.</summary>
    public static bool IsStaged(ReadOnlySpan<byte> name) => name is [(byte)'.', ..] && Staged().IsMatch(Encoding.Latin1.GetString(name));

    /// <summary>A file of this name is an old one that a restore keeps or kept.</summary>
    public static bool IsKept(ReadOnlySpan<byte> name) => Kept().IsMatch(Encoding.Latin1.GetString(name));

    // Latin-1 keeps every byte a character, so that names that are not UTF-8 match too.
    [GeneratedRegex(@"^\..+\.holdfast-new-[0-9]{1,10}-[0-9]{1,20}(?:-wal|-shm|-journal)?$", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Staged();

    [GeneratedRegex(@".\.before-restore-[0-9]{8}-[0-9]{6}", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Kept();
}
