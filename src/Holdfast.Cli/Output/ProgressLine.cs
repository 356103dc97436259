using System.Globalization;
using Holdfast.Engine.Progress;

namespace Holdfast.Cli.Output;

/// <summary>
/// Draws the progress of an operation over itself on standard error, from the second second on, so that short work stays quiet.
/// Draws nothing where standard error is no terminal.
/// </summary>
internal sealed class ProgressLine : IAsyncDisposable
{
    private const int BarWidth = 24;
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    internal ProgressLine(Screen screen, OperationProgress progress, TimeProvider clock) =>
        _run = screen.ShowsProgress ? RunAsync(screen.Error, progress, clock, _stop.Token) : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    internal static string Compose(OperationProgress progress, TimeSpan elapsed)
    {
        var (bytes, total) = (progress.Bytes, progress.TotalBytes);
        var speed = bytes > 0 ? $", {HumanFormat.Size((long)(bytes / Math.Max(0.001, elapsed.TotalSeconds)))}/s" : string.Empty;
        if (total <= 0)
        {
            var items = progress.Items > 0 ? $" {HumanFormat.Count(progress.Items, "file", "files")}," : string.Empty;
            // Stopping the application, say, moves no bytes.
            return bytes == 0 && items.Length == 0 ? progress.Step : $"{progress.Step}:{items} {HumanFormat.Size(bytes)}{speed}";
        }

        var share = Math.Clamp(bytes / (double)total, 0, 1);
        var filled = (int)(share * BarWidth);
        var percent = (share * 100).ToString("0", CultureInfo.InvariantCulture);
        return $"{progress.Step} [{new string('#', filled)}{new string('.', BarWidth - filled)}] {percent} %, {HumanFormat.Size(bytes)} of {HumanFormat.Size(total)}{speed}";
    }

    private static async Task RunAsync(TextWriter error, OperationProgress progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (step, stepStarted) = (string.Empty, clock.GetTimestamp());
        var drawn = false;
        try
        {
            await Task.Delay(FirstAfter, clock, cancellationToken);
            while (true)
            {
                if (step != progress.Step) (step, stepStarted) = (progress.Step, clock.GetTimestamp());
                var line = Compose(progress, clock.GetElapsedTime(stepStarted));
                // Without wrapping, a line wider than the terminal is cut; wrapped, it could not be drawn over.
                await error.WriteAsync($"\r\u001b[2K\u001b[?7l{Printable.Line(line)}\u001b[?7h");
                await error.FlushAsync(cancellationToken);
                drawn = true;
                await Task.Delay(Every, clock, cancellationToken);
            }
        }
        finally
        {
            if (drawn) await error.WriteAsync("\r\u001b[2K");
        }
    }
}
