using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// A moment as a person writes it: <c>2026-01-05 14:30</c>, <c>2026-01-05</c> (its first moment), <c>2026-01-05T14:30:05+01:00</c>,
/// <c>yesterday 14:30</c>, or a span ago such as <c>90min</c>, <c>2h</c>, <c>3d</c> (of 24 hours each), <c>1w</c>. Without an offset it is local time.
/// </summary>
/// <param name="Instant">The moment.</param>
/// <param name="Notice">What was decided where the clock's hands name no moment or two; null otherwise.</param>
public sealed partial record TimeExpression(DateTimeOffset Instant, string? Notice)
{
    private static readonly TimeSpan AlmostASecond = TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1);

    /// <summary>
    /// The last moment of what was written: a second that was written is all of it, because lists show times to the second; a minute, a day and a
    /// span ago are their first moment.
    /// </summary>
    public DateTimeOffset Last { get; private init; } = Instant;

    private const int MatchMilliseconds = 1000;
    private const int FractionDigits = 7;
    private const string Hint = "write \"2026-01-05 14:30\", with an offset 2026-01-05T14:30+01:00, \"yesterday 14:30\", or a span ago such as 90min, 2h, 3d, 1w";

    /// <param name="text">What was written.</param>
    /// <param name="clock">Says what time it is now, and in which zone.</param>
    /// <exception cref="HoldfastException">Usage: it is no time.</exception>
    public static TimeExpression Parse(string text, TimeProvider clock)
    {
        var trimmed = text.Trim(' ');
        return Ago(trimmed, clock) ?? Moment(trimmed, clock) ?? throw Refusal(text, trimmed);
    }

    private static HoldfastException Refusal(string text, string trimmed) => TimeOnlyPattern().IsMatch(trimmed)
        ? new HoldfastException(FailureKind.Usage, $"{Quoted.Text(text)} does not say of which day", $"write \"today {trimmed}\", \"yesterday {trimmed}\" or \"2026-01-05 {trimmed}\"")
        : new HoldfastException(FailureKind.Usage, $"{Quoted.Text(text)} is not a time", Hint);

    private static TimeExpression? Ago(string text, TimeProvider clock)
    {
        var match = AgoPattern().Match(text);
        if (!match.Success) return null;
        var number = int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
        var span = match.Groups["unit"].Value switch
        {
            "s" => TimeSpan.FromSeconds(number),
            "min" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            "d" => TimeSpan.FromDays(number),
            _ => TimeSpan.FromDays(7L * number),
        };
        return new TimeExpression(clock.GetLocalNow() - span, null);
    }

    private static TimeExpression? Moment(string text, TimeProvider clock)
    {
        var match = MomentPattern().Match(text);
        if (!match.Success || Day(match, clock) is not { } day || TimeOfDay(match) is not { } time) return null;
        var local = day.ToDateTime(time, DateTimeKind.Unspecified);
        var offset = match.Groups["offset"].Success ? Offset(match.Groups["offset"].Value) : null;
        if (match.Groups["offset"].Success && offset is null) return null;
        var written = offset is { } known ? new TimeExpression(new DateTimeOffset(local, known), null) : LocalTime.Resolve(local, clock.LocalTimeZone);
        // A time that no clock has shown stands for the moment before it, which is no second.
        return match.Groups["whole"].Success && written.Instant.DateTime == local ? written with { Last = written.Instant + AlmostASecond } : written;
    }

    private static DateOnly? Day(Match match, TimeProvider clock)
    {
        var today = DateOnly.FromDateTime(clock.GetLocalNow().DateTime);
        if (match.Groups["day"].Success) return match.Groups["day"].Value == "today" ? today : today.AddDays(-1);
        var isDate = DateOnly.TryParseExact(match.Groups["date"].ValueSpan, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date);
        // Room at both ends, so that no offset leads out of what can be represented.
        return isDate && date.Year is >= 1900 and <= 9000 ? date : null;
    }

    private static TimeOnly? TimeOfDay(Match match)
    {
        if (!match.Groups["time"].Success) return TimeOnly.MinValue;
        // Restic records nanoseconds: what this clock cannot count is left out.
        var text = match.Groups["time"].Value;
        var digits = text.Length - text.IndexOf('.', StringComparison.Ordinal) - 1;
        if (text.Contains('.', StringComparison.Ordinal) && digits > FractionDigits) text = text[..(text.Length - digits + FractionDigits)];
        string[] formats = ["H:mm", "H:mm:ss", "H:mm:ss.FFFFFFF"];
        return TimeOnly.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;
    }

    private static TimeSpan? Offset(string text)
    {
        if (text == "Z") return TimeSpan.Zero;
        var digits = text[1..].Replace(":", string.Empty, StringComparison.Ordinal).PadRight(4, '0');
        var (hours, minutes) = (int.Parse(digits[..2], CultureInfo.InvariantCulture), int.Parse(digits[2..], CultureInfo.InvariantCulture));
        if (hours > 14 || minutes > 59 || (hours == 14 && minutes > 0)) return null;
        var span = new TimeSpan(hours, minutes, 0);
        return text[0] == '-' ? -span : span;
    }

    [GeneratedRegex(@"^(?<number>[0-9]{1,5}) ?(?<unit>s|min|h|d|w)( ago)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex AgoPattern();

    [GeneratedRegex(@"^[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex TimeOnlyPattern();

    [GeneratedRegex(
        @"^((?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})|(?<day>today|yesterday))(( +|T)(?<time>[0-9]{1,2}:[0-9]{2}((?<whole>:[0-9]{2})|:[0-9]{2}\.[0-9]{1,9})?)( ?(?<offset>Z|[+-][0-9]{2}(:?[0-9]{2})?))?)?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        MatchMilliseconds)]
    private static partial Regex MomentPattern();
}
