using System.Globalization;
using Holdfast.Restic.Forgetting;

namespace Holdfast.Tests.Restic.Forgetting;

/// <summary>Policies as tests write them: keys and values in turn.</summary>
internal static class Policies
{
    internal static KeepPolicy Parse(string text)
    {
        var policy = new KeepPolicy();
        foreach (var pair in text.Split(' ').Chunk(2)) policy = With(policy, pair[0], pair[1]);
        return policy;
    }

    private static KeepPolicy With(KeepPolicy policy, string key, string value)
    {
        if (key == "tags") return policy with { TagSets = [.. policy.TagSets, value.Split(',')] };
        if (key.StartsWith("within", StringComparison.Ordinal)) return WithSpan(policy, key, CalendarSpan.Parse(value));
        var count = int.Parse(value, CultureInfo.InvariantCulture);
        return key switch
        {
            "last" => policy with { Last = count },
            "hourly" => policy with { Hourly = count },
            "daily" => policy with { Daily = count },
            "weekly" => policy with { Weekly = count },
            "monthly" => policy with { Monthly = count },
            "yearly" => policy with { Yearly = count },
            _ => throw new ArgumentException(key, nameof(key)),
        };
    }

    private static KeepPolicy WithSpan(KeepPolicy policy, string key, CalendarSpan span) => key switch
    {
        "within" => policy with { Within = span },
        "within_hourly" => policy with { WithinHourly = span },
        "within_daily" => policy with { WithinDaily = span },
        "within_weekly" => policy with { WithinWeekly = span },
        "within_monthly" => policy with { WithinMonthly = span },
        "within_yearly" => policy with { WithinYearly = span },
        _ => throw new ArgumentException(key, nameof(key)),
    };
}
