using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Manifest.Schema;

/// <summary>The formats of text in a manifest.</summary>
internal static class ManifestFormats
{
    private const string ApplicationPattern = "[a-z0-9][a-z0-9-]{0,62}";
    private const string VariablePattern = "[A-Za-z_][A-Za-z0-9_]*";

    /// <summary>Names that the user chooses; without a dash in second place, so that none looks like an <c>x-</c> key.</summary>
    public const string NamePattern = "[A-Za-z0-9_]([A-Za-z0-9_.][A-Za-z0-9_.-]{0,61})?";

    public static TextFormat Application { get; } = Matching(
        "lower-case letters, digits and dashes, at most 63", ApplicationPattern);

    public static TextFormat Name { get; } = Matching(
        "letters, digits, '_', '.' and '-', at most 63; no '.' in front, no '-' among the first two", NamePattern);

    public static TextFormat Variable { get; } = Matching("letters, digits and '_', no digit in front", VariablePattern);

    public static TextFormat Sql { get; } = new("an SQL query", null, NotEmpty);

    public static TextFormat Table { get; } = new("a table's name", null, NotEmpty);

    public static TextFormat Word { get; } = new("one word of a command line", null, NoZero);

    public static TextFormat AnyPath { get; } = new("a path", null, PathProblem);

    public static TextFormat PathBelowRoot { get; } = new("an absolute path, or one below the root", null, PathBelowRootProblem);

    public static TextFormat FileEntry { get; } = new("a path or pattern, absolute or below the root", null, FileEntryProblem);

    public static TextFormat Exclusion { get; } = new("a pattern", null, PathPattern.Problem);

    public static TextFormat Duration { get; } = new(
        "a duration: a whole number with the unit ms, s, m, h or d, such as 30s, 5m, 2h, 7d; at most 30d",
        "[0-9]+(ms|s|m|h|d)",
        text => DurationText.TryParse(text, out _));

    public static TextFormat Share { get; } = new(
        "a share: a number from 0 to 1, or a percentage such as 50%", null, text => ShareText.TryParse(text, out _))
    {
        JsonTypes = ["number", "string"],
    };

    public static TextFormat Truth { get; } = Choice("true or false", ["true", "false"], "boolean");

    public static TextFormat Count { get; } = new(
        "a whole number, at least 1", null, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? null
            : "is no whole number from 1 to 2147483647")
    {
        JsonTypes = ["integer"],
    };

    public static TextFormat Days { get; } = new(
        "a whole number from 1 to 36500", null, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is > 0 and <= 36500
            ? null
            : "is no whole number from 1 to 36500")
    {
        JsonTypes = ["integer"],
    };

    public static TextFormat Port { get; } = new(
        "a port: a whole number from 1 to 65535",
        null,
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue
            ? null
            : "is no port, which is a whole number from 1 to 65535")
    {
        JsonTypes = ["integer"],
    };

    public static TextFormat Period { get; } = Matching("a number of hours, days or weeks: 36h, 30d, 12w", "[1-9][0-9]{0,2}[hdw]");

    public static TextFormat StorageClass { get; } = Matching("a class of the service: capital letters, digits and '_'", "[A-Z][A-Z0-9_]{0,62}");

    public static TextFormat SslMode { get; } = Choice(
        "one of disable, allow, prefer, require, verify-ca, verify-full", ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"], "string");

    public static TextFormat ServedForm { get; } = Choice("one of logical, physical", ["logical", "physical"], "string");

    public static TextFormat Rate { get; } = new(
        "a number of bytes from 32K to 1G, such as 20M", "[0-9]+(\\.[0-9]+)?[KMGkmg]?", text => ByteSize.TryParse(text) is >= 32 << 10 and <= 1 << 30 ? null : "is no rate from 32K to 1G, such as 20M")
    {
        JsonTypes = ["integer", "string"],
    };

    public static TextFormat KeepCount { get; } = new(
        $"a whole number from 0 on, or {KeepText.Unlimited}", $"[0-9]+|{KeepText.Unlimited}", text => KeepText.TryParseCount(text, out _))
    {
        JsonTypes = ["integer", "string"],
    };

    public static TextFormat KeepSpan { get; } = new(
        "a length of time in years, months, days and hours, such as 1y6m, 14d or 36h", "([0-9]+[ymdh])+", text => CalendarSpan.TryParse(text, out _));

    public static TextFormat TagSet { get; } = new("one tag, or several with commas between them", null, LineProblem);

    public static TextFormat Url { get; } = new("a URL that starts with http:// or https://", null, ProbeUrl.Problem);

    public static TextFormat UrlWithPlaceholders { get; } = new(
        "a URL that starts with http:// or https://, with {port} where the port stands", null, ProbeUrl.ProblemWithPlaceholders);

    public static TextFormat Signal { get; } = new(
        $"a signal: {string.Join(", ", SignalName.All)}",
        null,
        text => SignalName.Number(text) is null ? $"is no signal that ends a process; known are {string.Join(", ", SignalName.All)}" : null);

    public static TextFormat Unit { get; } = Matching("the name of a unit of systemd", "[A-Za-z0-9:_.][A-Za-z0-9:_.@\\\\-]{0,254}");

    public static TextFormat Archive { get; } = Choice($"one of {string.Join(", ", ArchiveFormat.All)}", ArchiveFormat.All, "string");

    public static TextFormat FilePrefix { get; } = Matching(
        "letters, digits, '_', '.' and '-', at most 100; no '.' or '-' in front", "[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}");

    public static TextFormat Line { get; } = new("one line of text", null, LineProblem);

    public static TextFormat Anything { get; } = new("text", null, NoZero) { JsonTypes = ["string", "number", "boolean"] };

    public static TextFormat CommandLine { get; } = new(
        "a command line, split at spaces; no shell", null, text => CommandWords.TrySplit(text, out _));

    private static TextFormat Matching(string words, string pattern)
    {
        var whole = new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        return new TextFormat(words, pattern, text => whole.IsMatch(text) ? null : "does not fit here: " + words);
    }

    public static TextFormat Choice(string words, IReadOnlyList<string> choices, string jsonType) => new(
        words,
        null,
        text => choices.Contains(text) ? null
            : Spelling.Nearest(text, choices) is { } nearest ? $"does not fit here; did you mean '{nearest}'?"
            : "does not fit here: " + words)
    {
        Choices = choices,
        JsonTypes = [jsonType],
    };

    private static string? LineProblem(string text) =>
        NotEmpty(text) ?? (text.Any(char.IsControl) ? "holds a line break or another control character" : text.Length > 200 ? "has more than 200 characters" : null);

    private static string? NotEmpty(string text) => string.IsNullOrWhiteSpace(text) ? "is empty" : NoZero(text);

    private static string? NoZero(string text) =>
        text.Contains('\0', StringComparison.Ordinal) ? "holds a zero character" : null;

    private static string? PathProblem(string text) => text switch
    {
        "" => "is empty",
        "~" => "starts with '~', which only a shell knows; write the path out",
        _ when text.StartsWith("~/", StringComparison.Ordinal) => "starts with '~', which only a shell knows; write the path out",
        _ => NoZero(text),
    };

    private static string? PathBelowRootProblem(string text) =>
        PathProblem(text) ?? Leaving(text);

    private static string? Leaving(string path) =>
        LeavesRoot(path) ? "leaves the root with '..'; write the absolute path to say that this is meant" : null;

    private static string? FileEntryProblem(string text)
    {
        // A backslash must not hide the dots that lead out of the root.
        var problem = PathProblem(text) ?? Leaving(PathPattern.Unescape(text));
        return problem is null && PathPattern.HasWildcards(text) ? PathPattern.Problem(text) : problem;
    }

    private static bool LeavesRoot(string path)
    {
        if (path.StartsWith('/'))
        {
            return false;
        }

        var depth = 0;
        foreach (var name in path.Split('/'))
        {
            depth += name switch { ".." => -1, "" or "." => 0, _ => 1 };
            if (depth < 0)
            {
                return true;
            }
        }

        return false;
    }
}
