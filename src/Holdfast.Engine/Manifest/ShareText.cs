using System.Globalization;

namespace Holdfast.Engine.Manifest;

/// <summary>A part of a whole as a manifest writes it: <c>0.5</c> or <c>50%</c>.</summary>
internal static class ShareText
{
    /// <returns>What is wrong, as the end of a sentence that starts with the text; null when nothing is.</returns>
    public static string? TryParse(string text, out double share)
    {
        var isPercent = text.EndsWith('%');
        var number = isPercent ? text[..^1].TrimEnd(' ') : text;
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out share))
        {
            return "is no share; write a number from 0 to 1, or a percentage such as 50%";
        }

        share = isPercent ? share / 100 : share;
        return share > 1 ? "is more than the whole; write a number from 0 to 1, or a percentage such as 50%" : null;
    }
}
