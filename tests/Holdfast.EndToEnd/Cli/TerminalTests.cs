using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Colours and progress, on a real terminal (script(1) makes one) and without.</summary>
public sealed class TerminalTests : WorkplaceTests
{
    private const string Redraw = "\r\u001b[2K";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Place.Holdfast.With("NO_COLOR", null).With("TERM", "xterm");
    }

    [Fact]
    public async Task Colours_are_for_terminals_that_want_them()
    {
        Place.Write("file", "content");
        await Place.BackUpAsync();

        Assert.Contains("\u001b[32mok\u001b[0m", await OnTerminalAsync("check"), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', (await Place.Holdfast.RunAsync("check")).Output);
        Place.Holdfast.With("NO_COLOR", "1");
        Assert.DoesNotContain("\u001b[32m", await OnTerminalAsync("check"), StringComparison.Ordinal);
        Place.Holdfast.With("NO_COLOR", null).With("TERM", "dumb");
        Assert.DoesNotContain("\u001b[32m", await OnTerminalAsync("check"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_is_drawn_on_a_terminal_for_work_of_more_than_a_second_and_never_into_a_pipe()
    {
        new SyntheticTree(Place.Application).Sparse("endless", 200_000_000_000);
        await using var piped = Place.Holdfast.Start("backup", Place.Application);
        await Conditions.Eventually("it works", () => Directory.GetFiles(Path.Combine(Place.Repository, "locks")).Length > 0);
        await using var drawn = RunningProcess.Start(RealComponent.Require("script"), ["-qec", Words("backup", Place.Application), "/dev/null"], Place.Holdfast.Variables);

        // By then the other one has run for longer.
        await Conditions.Eventually("progress is drawn", () => drawn.Output.Split(Redraw).Count(line => line.Contains("reading files", StringComparison.Ordinal)) > 2);

        Assert.False(piped.HasExited);
        Assert.Empty(piped.Output + piped.Error);
        Assert.DoesNotContain(Redraw, await OnTerminalAsync("list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quiet_says_nothing_when_all_is_well()
    {
        Place.Write("file", "content");

        var quiet = await Place.Holdfast.RunAsync("backup", Place.Application, "--quiet");

        Assert.Empty(quiet.Output + quiet.Error);
    }

    [Fact]
    public async Task Output_that_cannot_be_written_is_a_failure_in_words()
    {
        Place.Write("file", "content");

        foreach (var arguments in new[] { Words("backup", Place.Application, "--json"), Words("list") })
        {
            var result = await RunningProcess.RunAsync("sh", ["-c", arguments + " > /dev/full"], Place.Holdfast.Variables);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("standard output", result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        }

        Assert.Equal(0, (await RunningProcess.RunAsync("sh", ["-c", Words("list") + " 2> /dev/full"], Place.Holdfast.Variables)).ExitCode);
        Assert.Equal(1, (await RunningProcess.RunAsync("sh", ["-c", Words("show", "ffff") + " 2> /dev/full"], Place.Holdfast.Variables)).ExitCode);
    }

    private async Task<string> OnTerminalAsync(params string[] arguments)
    {
        var result = await RunningProcess.RunAsync(RealComponent.Require("script"), ["-qec", Words(arguments), "/dev/null"], Place.Holdfast.Variables);
        return result.Expect(0).Output;
    }

    private static string Words(params string[] arguments) => string.Join(' ', HoldfastProgram.Command.Concat(arguments).Select(word => $"'{word}'"));
}
