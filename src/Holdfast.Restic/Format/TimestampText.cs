namespace Holdfast.Restic.Format;

/// <summary>
/// RFC 3339 exactly as restic writes and reads it (section 7.2): trees are hashed, so one digit more or less is another tree.
/// </summary>
internal static class TimestampText
{
    private const int SecondsPerDay = 86_400;

    public static int Write(Timestamp time, Span<byte> output)
    {
        // Clamped first so that the offset cannot overflow; such times are far beyond year 9999 either way.
        var local = Math.Clamp(time.UnixSeconds, -(1L << 62), 1L << 62) + (time.OffsetMinutes * 60L);
        var days = CivilDate.FloorDivide(local, SecondsPerDay);
        var second = (int)(local - (days * SecondsPerDay));
        var date = ClampYear(CivilDate.FromDaysSinceEpoch(days));

        var length = Digits(output, 0, (int)date.Year, 4);
        length = Separated(output, length, '-', date.Month);
        length = Separated(output, length, '-', date.Day);
        length = Separated(output, length, 'T', second / 3600);
        length = Separated(output, length, ':', second / 60 % 60);
        length = Separated(output, length, ':', second % 60);
        length = Fraction(output, length, time.Nanoseconds);
        return Offset(output, length, time.OffsetMinutes);
    }

    public static bool TryParse(ReadOnlySpan<byte> text, out Timestamp time)
    {
        time = default;
        if (!Number(ref text, 4, '\0', out var year)) return false;
        if (!Number(ref text, 2, '-', out var month) || !Number(ref text, 2, '-', out var day)) return false;
        if (!Number(ref text, 2, 'T', out var hour) || !Number(ref text, 2, ':', out var minute)) return false;
        if (!Number(ref text, 2, ':', out var second)) return false;
        if (month is < 1 or > 12 || day < 1 || day > CivilDate.DaysInMonth(year, month)) return false;
        if (hour > 23 || minute > 59 || second > 59) return false;
        if (!TryParseFraction(ref text, out var nanoseconds) || !TryParseOffset(text, out var offset)) return false;

        var local = (new CivilDate(year, month, day).DaysSinceEpoch * SecondsPerDay) + (hour * 3600) + (minute * 60) + second;
        time = new Timestamp(local - (offset * 60L), nanoseconds, offset);
        return true;
    }

    // The day and the time of day stay; 29 February does not exist in 9999.
    private static CivilDate ClampYear(CivilDate date)
    {
        if (date.Year < 0) return date with { Year = 0 };
        if (date.Year <= 9999) return date;
        return date is { Month: 2, Day: 29 } ? new CivilDate(9999, 3, 1) : date with { Year = 9999 };
    }

    private static int Separated(Span<byte> output, int position, char separator, int value)
    {
        output[position] = (byte)separator;
        return Digits(output, position + 1, value, 2);
    }

    private static int Digits(Span<byte> output, int position, int value, int count)
    {
        for (var i = count - 1; i >= 0; i--)
        {
            output[position + i] = (byte)('0' + (value % 10));
            value /= 10;
        }

        return position + count;
    }

    private static int Fraction(Span<byte> output, int position, int nanoseconds)
    {
        if (nanoseconds == 0) return position;
        var digits = 9;
        while (nanoseconds % 10 == 0)
        {
            nanoseconds /= 10;
            digits--;
        }

        output[position] = (byte)'.';
        return Digits(output, position + 1, nanoseconds, digits);
    }

    private static int Offset(Span<byte> output, int position, int minutes)
    {
        if (minutes == 0)
        {
            output[position] = (byte)'Z';
            return position + 1;
        }

        var distance = Math.Abs(minutes);
        position = Separated(output, position, minutes < 0 ? '-' : '+', distance / 60);
        return Separated(output, position, ':', distance % 60);
    }

    private static bool Number(ref ReadOnlySpan<byte> text, int digits, char separator, out int value)
    {
        value = 0;
        var skip = separator == '\0' ? 0 : 1;
        if (text.Length < skip + digits || (skip == 1 && text[0] != separator)) return false;
        foreach (var digit in text.Slice(skip, digits))
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            value = (value * 10) + (digit - '0');
        }

        text = text[(skip + digits)..];
        return true;
    }

    private static bool TryParseFraction(ref ReadOnlySpan<byte> text, out int nanoseconds)
    {
        nanoseconds = 0;
        if (text.IsEmpty || text[0] is not ((byte)'.' or (byte)',')) return true;
        var digits = 0;
        while (digits + 1 < text.Length && char.IsAsciiDigit((char)text[digits + 1]))
        {
            if (digits < 9) nanoseconds = (nanoseconds * 10) + (text[digits + 1] - '0');
            digits++;
        }

        for (var missing = digits; missing < 9; missing++) nanoseconds *= 10;
        text = text[(digits + 1)..];
        return digits > 0;
    }

    private static bool TryParseOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.SequenceEqual("Z"u8)) return true;
        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-')) return false;
        var sign = text[0] == '-' ? -1 : 1;
        text = text[1..];
        if (!Number(ref text, 2, '\0', out var hour) || !Number(ref text, 2, ':', out var minute)) return false;
        minutes = sign * ((hour * 60) + minute);
        return hour <= 23 && minute <= 59;
    }
}
