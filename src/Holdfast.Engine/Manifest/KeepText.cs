using System.Globalization;
using Holdfast.Engine.Manifest.Yaml;
using Holdfast.Restic.Forgetting;

namespace Holdfast.Engine.Manifest;

/// <summary>The parts of a policy as they are written in a manifest and on a command line.</summary>
public static class KeepText
{
    public const string Unlimited = "unlimited";

    /// <returns>What is wrong, as the end of a sentence that starts with the text; null when nothing is.</returns>
    public static string? TryParseCount(string text, out int count)
    {
        count = KeepPolicy.Unlimited;
        return text == Unlimited || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count)
            ? null
            : $"is no whole number from 0 to {int.MaxValue}, and not {Unlimited}";
    }

    /// <summary>Tags separated by commas, all of which a snapshot must have.</summary>
    public static IReadOnlyList<string> TagSet(string text) => [.. text.Split(',').Select(tag => tag.Trim())];

    internal static string Count(int count) => count == KeepPolicy.Unlimited ? Unlimited : count.ToString(CultureInfo.InvariantCulture);

    internal static KeepDeclaration Read(YamlMap map)
    {
        return new KeepDeclaration
        {
            Policy = new KeepPolicy
            {
                Last = Number("last"),
                Hourly = Number("hourly"),
                Daily = Number("daily"),
                Weekly = Number("weekly"),
                Monthly = Number("monthly"),
                Yearly = Number("yearly"),
                Within = Span("within") ?? default,
                WithinHourly = Span("within_hourly") ?? default,
                WithinDaily = Span("within_daily") ?? default,
                WithinWeekly = Span("within_weekly") ?? default,
                WithinMonthly = Span("within_monthly") ?? default,
                WithinYearly = Span("within_yearly") ?? default,
                TagSets = [.. ManifestBinding.Texts(map["tags"]).Select(TagSet)],
            },
            Safety = Span("safety") ?? KeepDeclaration.DefaultSafety,
        };

        int Number(string key)
        {
            if (map[key] is not YamlText text) return 0;
            _ = TryParseCount(text.Value, out var count);
            return count;
        }

        CalendarSpan? Span(string key) => map[key] is YamlText text ? CalendarSpan.Parse(text.Value) : null;
    }

    internal static void Write(YamlWriter yaml, KeepDeclaration keep)
    {
        var policy = keep.Policy;
        foreach (var (name, count) in ((string, int)[])[
            ("last", policy.Last), ("hourly", policy.Hourly), ("daily", policy.Daily),
            ("weekly", policy.Weekly), ("monthly", policy.Monthly), ("yearly", policy.Yearly)])
        {
            if (count != 0) yaml.Plain(name, Count(count));
        }

        foreach (var (name, span) in ((string, CalendarSpan)[])[
            ("within", policy.Within), ("within_hourly", policy.WithinHourly), ("within_daily", policy.WithinDaily),
            ("within_weekly", policy.WithinWeekly), ("within_monthly", policy.WithinMonthly), ("within_yearly", policy.WithinYearly)])
        {
            if (!span.IsZero) yaml.Plain(name, span.ToString());
        }

        if (policy.TagSets.Count > 0) yaml.List("tags", policy.TagSets.Select(set => string.Join(',', set)));
        yaml.Plain("safety", keep.Safety.IsZero ? "0d" : keep.Safety.ToString());
    }
}
