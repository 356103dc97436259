using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;

namespace Holdfast.Engine.Archives;

/// <summary>
/// The names of archives in a folder: <c>PREFIX_YYYYMMDD_HHMMSS.EXT</c>, in UTC, so that they sort by time also when clocks are put back for
/// winter. A second one of the same second gets <c>-2</c> behind the time.
/// </summary>
public static partial class ArchiveFileName
{
    private const string TimeFormat = "yyyyMMdd_HHmmss";

    public static string Of(string prefix, DateTimeOffset time, int number, ArchiveFormat format) => string.Create(
        CultureInfo.InvariantCulture,
        $"{prefix}_{time.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture)}{(number > 1 ? $"-{number}" : string.Empty)}.{format.Extension}");

    /// <summary>The time in an archive's name; null when there is none.</summary>
    public static DateTimeOffset? TimeIn(FilePath file)
    {
        var match = TimePattern().Match(FilePath.From(file.Name.Span).ToString());
        return match.Success && DateTimeOffset.TryParseExact(
            match.Groups["time"].ValueSpan, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }

    [GeneratedRegex(@"_(?<time>[0-9]{8}_[0-9]{6})(-[0-9]+)?\.[a-z.]+\z", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TimePattern();
}
