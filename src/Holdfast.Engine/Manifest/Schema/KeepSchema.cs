namespace Holdfast.Engine.Manifest.Schema;

/// <summary>The part of the schema about which backups are kept.</summary>
internal static class KeepSchema
{
    private static readonly IReadOnlyList<(string Name, string Period)> Periods =
        [("hourly", "hour"), ("daily", "day"), ("weekly", "week"), ("monthly", "month"), ("yearly", "year")];

    public static ObjectElement Keep => new(
        "Which backups `holdfast forget` keeps of this application; what no key keeps is removed. The keys are those of `restic forget` and mean the "
        + "same. The last proven backup is always kept.",
        [.. Counted, .. Spans, Tags, Safety])
    {
        Remedy = "write { daily: 7, weekly: 4, monthly: 12 }",
    };

    private static IEnumerable<SchemaKey> Counted => Periods
        .Select(one => Count(one.Name, $"The newest backup of each {one.Period}, for so many {one.Period}s that have one.", "7"))
        .Prepend(Count("last", "So many of the newest backups.", "3"));

    private static IEnumerable<SchemaKey> Spans => Periods
        .Select(one => Span($"within_{one.Name}", $"The newest backup of each {one.Period} that is newer than the newest backup less this time.", "1y"))
        .Prepend(Span("within", "Every backup that is newer than the newest one less this time.", "2d"));

    private static SchemaKey Tags => new("tags", new ListElement(
        "Every backup with one of these tags. Tags with a comma between them must all be there.",
        new TextElement("A tag, or several with commas between them.", ManifestFormats.TagSet) { Examples = ["keep"] })
    {
        Remedy = "write [TAG]",
    });

    private static SchemaKey Safety => Span(
        "safety",
        "How long the safety snapshots are kept that a restore makes of what it replaces, counted back from the newest backup. They take the place of no "
        + $"backup. Default: {KeepDeclaration.DefaultSafety}.",
        KeepDeclaration.DefaultSafety.ToString());

    private static SchemaKey Count(string name, string description, string example) =>
        new(name, new TextElement(description, ManifestFormats.KeepCount) { Examples = [example] });

    private static SchemaKey Span(string name, string description, string example) =>
        new(name, new TextElement(description, ManifestFormats.KeepSpan) { Examples = [example] });
}
