using System.Globalization;

namespace Holdfast.Engine.Verification;

/// <summary>A period within which every pack is read: "30d", "12w", "36h".</summary>
public static class VerificationPeriod
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3660);

    /// <returns>Null when the text is no period between an hour and ten years.</returns>
    public static TimeSpan? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0 || !ushort.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0) return null;
        TimeSpan? period = text[^1] switch
        {
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            'w' => TimeSpan.FromDays(7 * number),
            _ => null,
        };
        return period <= Longest ? period : null;
    }
}
