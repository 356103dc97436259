using System.Text.Json;
using Holdfast.Cli.Output;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Cli.Output;

public sealed class ScreenTests
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };

    [Fact]
    public void With_json_the_document_is_all_there_is_on_standard_output()
    {
        var screen = New(json: true);
        screen.Line("a line");
        screen.Marked(Mark.Good, "a check");
        screen.Notice("a notice");
        screen.Warning("a warning");
        screen.Json(new UnlockDocument([], [], 2, 0), CliJson.Default.UnlockDocument);
        Assert.Equal(2, JsonDocument.Parse(_output.ToString()).RootElement.GetProperty("unreadable_removed").GetInt32());
        Assert.Equal("note: a notice\nwarning: a warning\n", _error.ToString());
    }

    [Fact]
    public void A_failure_is_told_on_standard_error_and_with_json_as_a_document_too()
    {
        New(json: true).Failure(new HoldfastException(FailureKind.Locked, "it is\u001b[2J locked", "wait"));
        Assert.Equal("error: it is\\u{1b}[2J locked\nhint: wait\n", _error.ToString());
        var document = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.Equal("Locked", document.GetProperty("error").GetString());
        Assert.Equal("it is\u001b[2J locked", document.GetProperty("message").GetString());
        Assert.Equal(11, document.GetProperty("exit_code").GetInt32());
        Assert.DoesNotContain('\u001b', _output.ToString());
    }

    [Fact]
    public void Without_json_there_is_no_document()
    {
        var screen = New();
        screen.Json(new UnlockDocument([], [], 0, 0), CliJson.Default.UnlockDocument);
        screen.Failure(new HoldfastException(FailureKind.Failed, "why"));
        screen.Line("name\u001b[31m");
        Assert.Equal("name\\u{1b}[31m\n", _output.ToString());
        Assert.Equal("error: why\n", _error.ToString());
    }

    [Fact]
    public void Quiet_keeps_only_what_went_wrong()
    {
        var screen = New(quiet: true);
        screen.Line("a line");
        screen.Marked(Mark.Good, "what is well", "no hint");
        screen.Marked(Mark.Note, "what is worth a note");
        screen.Marked(Mark.Bad, "a check", "mend it");
        screen.Notice("a notice");
        screen.Warning("a warning");
        Assert.Equal("FAILED  a check\n        mend it\n", _output.ToString());
        Assert.Equal("warning: a warning\n", _error.ToString());
    }

    [Theory]
    [InlineData(true, true, "\u001b[31mFAILED\u001b[0m  it\n")]
    [InlineData(true, false, "FAILED  it\n")]
    [InlineData(false, true, "FAILED  it\n")]
    public void Colours_are_for_terminals_that_want_them(bool isTerminal, bool colours, string expected)
    {
        New(isTerminal: isTerminal, colours: colours).Marked(Mark.Bad, "it");
        Assert.Equal(expected, _output.ToString());
    }

    [Theory]
    [InlineData(true, false, false, true)]
    [InlineData(false, false, false, false)]
    [InlineData(true, true, false, false)]
    [InlineData(true, false, true, false)]
    public void Progress_is_for_people_who_look_on(bool isTerminal, bool json, bool quiet, bool expected) =>
        Assert.Equal(expected, New(json, quiet, isTerminal).ShowsProgress);

    private Screen New(bool json = false, bool quiet = false, bool isTerminal = false, bool colours = false) =>
        new(_output, _error, new ScreenOptions(json, quiet, isTerminal, isTerminal, colours));
}
