using System.Globalization;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Tests.Restic.Forgetting;

/// <summary>The 103 snapshots of section 13 of the format, and what makes others.</summary>
internal static class SampleHistory
{
    private static readonly string[] Long = ["08", "10", "12", "13", "13.1", "15", "18", "20", "21", "22"];
    private static readonly string[] Short = ["01", "02", "05", "06", "08", "09", "10", "11", "20", "22"];

    private static readonly string[] January =
    [
        "01 01:02:03", "01 01:03:03", "01 07:08:03", "03 07:02:03", "04 10:23:03", "04 11:23:03", "04 12:23:03", "04 12:24:03", "04 12:28:03", "04 12:30:03",
        "04 16:23:03", "05 09:02:03", "06 08:02:03", "07 10:02:03", "08 20:02:03", "09 21:02:03", "12 21:02:03", "12 21:08:03", "18 12:02:03",
    ];

    internal static IReadOnlyList<StoredSnapshot> Snapshots { get; } = [.. Entries().Select((entry, number) => Of(entry.Time, number, entry.Tags))];

    internal static StoredSnapshot Of(string time, int number, params string[] tags) => new(
        Id.Of(BitConverter.GetBytes(number)),
        new Snapshot { Time = Timestamp.Parse(time), Tree = Id.Of("tree"u8), Paths = ["/data"], Hostname = "host", Tags = tags });

    private static IEnumerable<(string Time, string[] Tags)> Entries()
    {
        foreach (var month in new[] { "2014-08", "2015-08", "2015-11" })
            foreach (var day in Long) yield return (Day(month, day), []);
        foreach (var month in new[] { "2014-09", "2015-09", "2015-10" })
            foreach (var day in Short) yield return (Day(month, day), []);
        foreach (var day in Short) yield return (Day("2014-10", day), ["foo"]);
        foreach (var day in Long) yield return (Day("2014-11", day), November(day));
        yield return (Day("2015-10", "22"), []);
        for (var i = 0; i < 3; i++) yield return (Day("2015-10", "22"), ["foo", "bar"]);
        foreach (var moment in January) yield return ($"2016-01-{moment.Replace(' ', 'T')}Z", []);
    }

    private static string Day(string month, string day) =>
        string.Create(CultureInfo.InvariantCulture, $"{month}-{day[..2]}T10:20:30{(day.Length > 2 ? ".1" : string.Empty)}Z");

    private static string[] November(string day) => day switch
    {
        "08" or "10" or "12" or "13" => ["foo"],
        "13.1" => ["bar"],
        "15" => ["foo", "bar"],
        _ => [],
    };
}
