using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Output;

/// <summary>
/// Where a command's words go. Results to standard output, everything else to standard error; with --json the only thing on standard output
/// is one document. Colours only on a terminal that wants them (NO_COLOR, TERM=dumb are heeded).
/// </summary>
internal sealed class Screen(TextWriter output, TextWriter error, ScreenOptions options)
{
    private bool _outputIsBroken;

    internal bool IsJson => options.Json;

    /// <summary>True when progress may be drawn over itself on standard error.</summary>
    internal bool ShowsProgress => options is { ErrorIsTerminal: true, Json: false, Quiet: false };

    internal TextWriter Error => error;

    /// <summary>True when what stands on standard output is seen by a person.</summary>
    internal bool OutputIsTerminal => options.OutputIsTerminal;

    /// <summary>True when a secret may be shown: to a person at a terminal, never to a file or a pipe that may be kept.</summary>
    internal bool ShowsSecrets => options is { OutputIsTerminal: true, Json: false, Quiet: false };

    /// <summary>For results of any length.</summary>
    internal LongOutput OpenLongOutput() => new(options);

    /// <summary>The same, with what belongs on standard output elsewhere.</summary>
    internal Screen Into(TextWriter other) => new(other, error, options);

    /// <summary>A line of the result.</summary>
    internal void Line(string text = "")
    {
        if (!options.Json && !options.Quiet) Print(Printable.Text(text));
    }

    /// <summary>A line of the result with a word in front in a colour. What is bad is told to the quiet, too: their mail is made of it.</summary>
    /// <param name="mark">The word.</param>
    /// <param name="text">What it is about.</param>
    /// <param name="hint">What to do about it, on a line of its own; null for nothing.</param>
    internal void Marked(Mark mark, string text, string? hint = null)
    {
        if (options.Json || (options.Quiet && mark != Mark.Bad)) return;
        var (word, colour) = mark switch
        {
            Mark.Good => ("ok", "32"),
            Mark.Bad => ("FAILED", "31"),
            _ => ("note", "33"),
        };
        Print($"{Coloured(word, colour, options.OutputIsTerminal)}  {Printable.Text(text)}");
        if (hint is not null) Print($"        {Printable.Text(hint)}");
    }

    /// <summary>The result as one JSON document.</summary>
    internal void Json<T>(T document, JsonTypeInfo<T> type)
    {
        if (options.Json) Print(JsonSerializer.Serialize(document, type));
    }

    /// <summary>Something the user should know though nothing is wrong.</summary>
    internal void Notice(string text)
    {
        if (!options.Quiet) Say($"{Coloured("note:", "33", options.ErrorIsTerminal)} {Printable.Text(text)}");
    }

    /// <summary>Something that went wrong though the command went on.</summary>
    internal void Warning(string text) => Say($"{Coloured("warning:", "33", options.ErrorIsTerminal)} {Printable.Text(text)}");

    /// <summary>Why the command failed, and what to do now.</summary>
    internal void Failure(HoldfastException failure)
    {
        Say($"{Coloured("error:", "31", options.ErrorIsTerminal)} {Printable.Text(failure.Message)}");
        if (failure.Hint is not null) Say($"{Coloured("hint:", "36", options.ErrorIsTerminal)} {Printable.Text(failure.Hint)}");
        if (options.Json)
            Print(JsonSerializer.Serialize(new FailureDocument(failure.Kind.ToString(), failure.Message, failure.Hint, failure.ExitCode), CliJson.Default.FailureDocument));
    }

    /// <exception cref="HoldfastException">Failed: a full disk, say. Whoever reads the output must learn that it is not all of it.</exception>
    private void Print(string line)
    {
        try
        {
            if (!_outputIsBroken) output.WriteLine(line);
        }
        catch (IOException cause)
        {
            _outputIsBroken = true;
            throw new HoldfastException(FailureKind.Failed, $"the result cannot be written to standard output: {cause.Message}", "the command itself had come to its end", cause);
        }
    }

    private void Say(string line)
    {
        try
        {
            error.WriteLine(line);
        }
        catch (IOException)
        {
            // Nobody can be told; the exit code still says how it ended.
            return;
        }
    }

    private string Coloured(string text, string colour, bool isTerminal) => isTerminal && options.Colours ? $"\u001b[{colour}m{text}\u001b[0m" : text;
}

/// <summary>What stands in front of a marked line.</summary>
internal enum Mark
{
    Good,
    Bad,
    Note,
}

/// <summary>How a screen behaves.</summary>
internal sealed record ScreenOptions(bool Json, bool Quiet, bool OutputIsTerminal, bool ErrorIsTerminal, bool Colours);
