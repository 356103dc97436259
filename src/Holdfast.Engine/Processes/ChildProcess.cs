using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Processes;

/// <summary>Runs other programs and waits for them.</summary>
/// <param name="time">The clock of timeouts.</param>
public sealed class ChildProcess(TimeProvider time)
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    /// <summary>Runs a program to its end. Any exit code is a result, not an error.</summary>
    /// <exception cref="HoldfastException">NotFound: no such program. Failed: cannot be run, or not done within the timeout.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the program and all it started were killed.</exception>
    public async Task<ChildProcessResult> RunAsync(ChildProcessOptions options, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Timeout ?? Timeout.InfiniteTimeSpan, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        stop.Token.ThrowIfCancellationRequested();
        using var process = Start(options);
        try
        {
            var output = new CapturedOutput(process.StandardOutput.BaseStream, options.OutputLimit);
            var error = new CapturedOutput(process.StandardError.BaseStream, options.OutputLimit);
            var pipes = Task.WhenAll(
                WriteInputAsync(process, options.Input), output.ReadToEndAsync(stop.Token), error.ReadToEndAsync(stop.Token));
            await process.WaitForExitAsync(stop.Token);
            await LetDrainAsync(pipes, stop.Token);
            var (said, complained) = (output.Take(), error.Take());
            return new ChildProcessResult(process.ExitCode, said.Bytes, complained.Bytes, said.WasCut, complained.WasCut);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw TimedOut(options);
        }
        finally
        {
            await EndAsync(process);
        }
    }

    internal static Process Start(ChildProcessOptions options)
    {
        var start = new ProcessStartInfo(options.Program, options.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = options.WorkingDirectory ?? "",
        };
        foreach (var (name, value) in options.Environment)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }

        // Otherwise its absence would be reported as that of the program.
        if (options.WorkingDirectory is { } directory) _ = FileSystem.Status(FilePath.From(directory), followLinks: true);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            var absent = e.NativeErrorCode is Errno.NoEntry or Errno.NotDirectory;
            throw new HoldfastException(
                absent ? FailureKind.NotFound : FailureKind.Failed,
                $"cannot run \"{PrintableName.Escape(options.Program)}\": {FileFailure.Words(e.NativeErrorCode)}",
                absent ? "install it, or give its full path" : "check that it may be executed",
                e);
        }
    }

    // A program that started a daemon has ended although the daemon still holds its pipes open. What is in the pipes arrives at once.
    private async Task LetDrainAsync(Task pipes, CancellationToken cancellationToken)
    {
        try
        {
            await pipes.WaitAsync(DrainTime, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The result says that the end of the output was not seen.
        }
    }

    private static async Task WriteInputAsync(Process process, ReadOnlyMemory<byte> input)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, CancellationToken.None);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A program need not read its input; whether that was wrong is for its exit code to say.
        }
    }

    // Whatever way we leave, the program does not outlive the call.
    private static async Task EndAsync(Process process)
    {
        if (process.HasExited) return;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
    }

    private static HoldfastException TimedOut(ChildProcessOptions options) => new(
        FailureKind.Failed,
        string.Create(
            CultureInfo.InvariantCulture,
            $"\"{PrintableName.Escape(options.Program)}\" was stopped: not done within {options.Timeout!.Value.TotalSeconds:0.###} s"),
        "run it by hand to see what it waits for");
}
