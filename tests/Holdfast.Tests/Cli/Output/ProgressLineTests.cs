using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Cli.Output;

public sealed class ProgressLineTests
{
    private readonly OperationProgress _progress = new();

    [Fact]
    public void Says_how_much_without_knowing_of_how_much()
    {
        _progress.Begin("reading files");
        Assert.Equal("reading files", ProgressLine.Compose(_progress, TimeSpan.Zero));
        _progress.AddBytes(2 << 20);
        _progress.AddItem();
        Assert.Equal("reading files: 1 file, 2.00 MiB, 1.00 MiB/s", ProgressLine.Compose(_progress, TimeSpan.FromSeconds(2)));
    }

    [Theory]
    [InlineData(0, "[........................] 0 %, 0 B of 4.00 MiB")]
    [InlineData(1 << 20, "[######..................] 25 %, 1.00 MiB of 4.00 MiB, 1.00 MiB/s")]
    [InlineData(4 << 20, "[########################] 100 %, 4.00 MiB of 4.00 MiB, 4.00 MiB/s")]
    [InlineData(5 << 20, "[########################] 100 %, 5.00 MiB of 4.00 MiB, 5.00 MiB/s")]
    public void Draws_a_bar_of_what_is_known(long done, string expected)
    {
        _progress.Begin("main", 4 << 20);
        _progress.AddBytes(done);
        Assert.Equal("main " + expected, ProgressLine.Compose(_progress, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Short_work_draws_nothing()
    {
        var clock = new ManualTimeProvider();
        using var error = new StringWriter();
        await using (new ProgressLine(Screen(error, isTerminal: true), _progress, clock)) clock.Advance(TimeSpan.FromMilliseconds(900));
        Assert.Empty(error.ToString());
    }

    [Fact]
    public async Task Long_work_is_drawn_over_itself_harmlessly_and_wiped_at_the_end()
    {
        var clock = new ManualTimeProvider();
        using var error = new StringWriter();
        _progress.Begin("evil\u001b[2J");
        await using (new ProgressLine(Screen(error, isTerminal: true), _progress, clock))
        {
            await clock.WaitForTimersAsync(1);
            clock.Advance(TimeSpan.FromSeconds(1));
            await clock.WaitForTimersAsync(1);
        }

        Assert.Equal("\r\u001b[2K\u001b[?7levil\\u{1b}[2J\u001b[?7h\r\u001b[2K", error.ToString());
    }

    [Fact]
    public async Task Where_nobody_looks_on_nothing_is_drawn()
    {
        var clock = new ManualTimeProvider();
        using var error = new StringWriter();
        await using (new ProgressLine(Screen(error, isTerminal: false), _progress, clock)) clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(error.ToString());
    }

    private static Screen Screen(TextWriter error, bool isTerminal) =>
        new(TextWriter.Null, error, new ScreenOptions(Json: false, Quiet: false, isTerminal, isTerminal, Colours: false));
}
