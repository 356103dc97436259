using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Holdfast.Engine.Processes;

/// <summary>
/// A program that turns one stream into another, such as gpg. One of its ends is worked by the caller, the other in the background, so that
/// neither waits for the other for ever however much either holds back. It does not outlive this object.
/// </summary>
public sealed class ChildFilter : IAsyncDisposable
{
    private const int CopySize = 64 * 1024;

    private readonly Process _process;
    private readonly CapturedOutput _error;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _complaints;
    private readonly Task _background;

    private ChildFilter(Process process, int outputLimit, Stream? source, ReadOnlyMemory<byte> first, Stream? sink)
    {
        _process = process;
        _error = new CapturedOutput(process.StandardError.BaseStream, outputLimit);
        _complaints = _error.ReadToEndAsync(_stop.Token);
        Input = process.StandardInput.BaseStream;
        Output = process.StandardOutput.BaseStream;
        _background = sink is null
            ? Task.Run(() => FeedAsync(first, source!, _stop.Token))
            : Task.Run(() => DrainAsync(sink, _stop.Token));
    }

    /// <summary>What the caller writes, when the output goes to a stream. A broken pipe means that the program has ended: see the result.</summary>
    public Stream Input { get; }

    /// <summary>What the caller reads, when the input comes from a stream. Its end means nothing before the result is known.</summary>
    public Stream Output { get; }

    /// <summary>Starts a program whose output goes to a stream while the caller writes its input.</summary>
    /// <exception cref="Restic.Failures.HoldfastException">NotFound: no such program. Failed: it cannot be run.</exception>
    public static ChildFilter Into(Stream sink, ChildProcessOptions options) =>
        new(ChildProcess.Start(options), options.OutputLimit, null, default, sink);

    /// <summary>Starts a program that is fed from a stream, after <see cref="ChildProcessOptions.Input"/>, while the caller reads its output.</summary>
    /// <inheritdoc cref="Into"/>
    public static ChildFilter From(Stream source, ChildProcessOptions options) =>
        new(ChildProcess.Start(options), options.OutputLimit, source, options.Input, null);

    /// <summary>Writes all of the input, when the output goes to a stream.</summary>
    /// <returns>False when the program ended before it had read all: its exit code, or what became of its output, says why.</returns>
    public async Task<bool> TryWriteAsync(Func<Stream, CancellationToken, Task> writeAsync, CancellationToken cancellationToken)
    {
        try
        {
            await writeAsync(Input, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>
    /// Ends the input, waits for the program, and says how it ended; its own output, which went elsewhere, is not in the result. The caller has
    /// read all it wants; what is left of the output is dropped.
    /// </summary>
    /// <exception cref="Restic.Failures.HoldfastException">What the stream in the background failed with: a full disk, a file that cannot be read.</exception>
    public async Task<ChildProcessResult> FinishAsync(CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.Register(Kill);
        await CloseInputAsync().ConfigureAwait(false);
        await _background.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        // One that was killed for it may have ended before the wait began, and its exit code would pass for a failure of its own.
        cancellationToken.ThrowIfCancellationRequested();
        if (_background.Exception?.InnerException is { } failure) ExceptionDispatchInfo.Throw(failure);
        await _complaints.ConfigureAwait(false);
        var complaints = _error.Take();
        return new ChildProcessResult(_process.ExitCode, default, complaints.Bytes, OutputWasCut: false, complaints.WasCut);
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        await _background.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _complaints.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Dispose();
        _stop.Dispose();
    }

    private async Task FeedAsync(ReadOnlyMemory<byte> first, Stream source, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(first, cancellationToken).ConfigureAwait(false);
            var buffer = new byte[CopySize];
            int length;
            while ((length = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (!await WriteAsync(buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false)) return;
            }

            await CloseInputAsync().ConfigureAwait(false);
        }
        catch
        {
            // Otherwise whoever reads the output waits for an end that does not come.
            Kill();
            throw;
        }
    }

    // False when the program reads no more; whether that was wrong is for its exit code to say.
    private async Task<bool> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await Input.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            await Input.FlushAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task DrainAsync(Stream sink, CancellationToken cancellationToken)
    {
        try
        {
            await Output.CopyToAsync(sink, CopySize, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Kill();
            throw;
        }
    }

    private async Task CloseInputAsync()
    {
        try
        {
            await Input.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // A program that has ended cannot be told so.
        }
    }

    private void Kill()
    {
        try
        {
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended in the same instant.
        }
    }
}
