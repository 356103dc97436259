using System.CommandLine;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Forgetting;

namespace Holdfast.Cli.Options;

/// <summary>A policy on the command line, in the words of <c>restic forget</c>.</summary>
internal sealed class KeepOptions
{
    private readonly Option<string?> _last = Count("--keep-last", "Keep so many of the newest.");
    private readonly Option<string?> _hourly = Count("--keep-hourly", "Keep the newest of each hour, for so many hours that have one.");
    private readonly Option<string?> _daily = Count("--keep-daily", "Keep the newest of each day, for so many days that have one.");
    private readonly Option<string?> _weekly = Count("--keep-weekly", "Keep the newest of each week, for so many weeks that have one.");
    private readonly Option<string?> _monthly = Count("--keep-monthly", "Keep the newest of each month, for so many months that have one.");
    private readonly Option<string?> _yearly = Count("--keep-yearly", "Keep the newest of each year, for so many years that have one.");
    private readonly Option<string?> _within = Span("--keep-within", "Keep all that are newer than the newest less this time, such as 1y5m7d2h.");
    private readonly Option<string?> _withinHourly = Span("--keep-within-hourly", "Of those newer than this, keep the newest of each hour.");
    private readonly Option<string?> _withinDaily = Span("--keep-within-daily", "Of those newer than this, keep the newest of each day.");
    private readonly Option<string?> _withinWeekly = Span("--keep-within-weekly", "Of those newer than this, keep the newest of each week.");
    private readonly Option<string?> _withinMonthly = Span("--keep-within-monthly", "Of those newer than this, keep the newest of each month.");
    private readonly Option<string?> _withinYearly = Span("--keep-within-yearly", "Of those newer than this, keep the newest of each year.");

    private readonly Option<string[]> _tags = new("--keep-tag")
    {
        Description = "Keep all with this tag; with all of these, where there are commas between them. May be repeated.",
        HelpName = "TAGS",
    };

    private IEnumerable<Option> All =>
        [_last, _hourly, _daily, _weekly, _monthly, _yearly, _within, _withinHourly, _withinDaily, _withinWeekly, _withinMonthly, _withinYearly, _tags];

    internal void AddTo(Command command)
    {
        foreach (var option in All) command.Options.Add(option);
    }

    internal bool IsGiven(ParseResult arguments) => All.Any(option => arguments.GetResult(option) is { Implicit: false });

    /// <exception cref="HoldfastException">Usage: not a count, or not a length of time.</exception>
    internal KeepPolicy Policy(ParseResult arguments) => new()
    {
        Last = Number(arguments, _last),
        Hourly = Number(arguments, _hourly),
        Daily = Number(arguments, _daily),
        Weekly = Number(arguments, _weekly),
        Monthly = Number(arguments, _monthly),
        Yearly = Number(arguments, _yearly),
        Within = Length(arguments, _within),
        WithinHourly = Length(arguments, _withinHourly),
        WithinDaily = Length(arguments, _withinDaily),
        WithinWeekly = Length(arguments, _withinWeekly),
        WithinMonthly = Length(arguments, _withinMonthly),
        WithinYearly = Length(arguments, _withinYearly),
        TagSets = [.. (arguments.GetValue(_tags) ?? []).Select(KeepText.TagSet)],
    };

    private static int Number(ParseResult arguments, Option<string?> option)
    {
        if (arguments.GetValue(option) is not { } text) return 0;
        return KeepText.TryParseCount(text, out var count) is { } problem ? throw Wrong(option, text, problem) : count;
    }

    private static CalendarSpan Length(ParseResult arguments, Option<string?> option)
    {
        if (arguments.GetValue(option) is not { } text) return default;
        return CalendarSpan.TryParse(text, out var span) is { } problem ? throw Wrong(option, text, problem) : span;
    }

    private static HoldfastException Wrong(Option option, string text, string problem) =>
        new(FailureKind.Usage, $"{option.Name} {Quoted.Text(text)} {problem}");

    private static Option<string?> Count(string name, string description) => new(name) { Description = description, HelpName = "NUMBER" };

    private static Option<string?> Span(string name, string description) => new(name) { Description = description, HelpName = "TIME" };
}
