namespace Holdfast.Restic.Format;

/// <summary>
/// A day of the proleptic Gregorian calendar. .NET's types start at year 1, but the format can hold year 0 (section 7.2), so the
/// arithmetic is done here: in years that begin in March, leap days fall at the end and the days before a month follow a linear formula.
/// </summary>
internal readonly record struct CivilDate(long Year, int Month, int Day)
{
    private const int DaysIn400Years = 146_097;

    // From 0000-03-01 to 1970-01-01.
    private const int EpochShift = 719_468;

    /// <summary>Days since 1970-01-01.</summary>
    public long DaysSinceEpoch
    {
        get
        {
            var marchYear = Month > 2 ? Year : Year - 1;
            var cycle = FloorDivide(marchYear, 400);
            var yearOfCycle = marchYear - (cycle * 400);
            var marchMonth = (Month + 9) % 12;
            var dayOfYear = (((153 * marchMonth) + 2) / 5) + Day - 1;
            var dayOfCycle = (yearOfCycle * 365) + (yearOfCycle / 4) - (yearOfCycle / 100) + dayOfYear;
            return (cycle * DaysIn400Years) + dayOfCycle - EpochShift;
        }
    }

    public static CivilDate FromDaysSinceEpoch(long days)
    {
        var shifted = days + EpochShift;
        var cycle = FloorDivide(shifted, DaysIn400Years);
        var dayOfCycle = (int)(shifted - (cycle * DaysIn400Years));
        var yearOfCycle = (dayOfCycle - (dayOfCycle / 1460) + (dayOfCycle / 36_524) - (dayOfCycle / 146_096)) / 365;
        var dayOfYear = dayOfCycle - ((365 * yearOfCycle) + (yearOfCycle / 4) - (yearOfCycle / 100));
        var marchMonth = ((5 * dayOfYear) + 2) / 153;
        var day = dayOfYear - (((153 * marchMonth) + 2) / 5) + 1;
        var month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
        return new CivilDate((cycle * 400) + yearOfCycle + (month <= 2 ? 1 : 0), month, day);
    }

    public static int DaysInMonth(long year, int month) => month switch
    {
        2 => IsLeapYear(year) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    public static long FloorDivide(long value, long divisor)
    {
        var quotient = value / divisor;
        return value % divisor < 0 ? quotient - 1 : quotient;
    }

    private static bool IsLeapYear(long year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
