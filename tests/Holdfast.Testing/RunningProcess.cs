using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace Holdfast.Testing;

/// <summary>A program that a test started and can wait for, signal and kill. Disposing it kills it.</summary>
public sealed partial class RunningProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _commandLine;
    private readonly MemoryStream _output = new();
    private readonly MemoryStream _error = new();
    private readonly Task _readers;

    private RunningProcess(Process process, string commandLine)
    {
        _process = process;
        _commandLine = commandLine;
        _readers = Task.WhenAll(
            CollectAsync(process.StandardOutput.BaseStream, _output),
            CollectAsync(process.StandardError.BaseStream, _error));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it wrote to standard output until now.</summary>
    public string Output => Encoding.UTF8.GetString(Snapshot(_output));

    /// <summary>What it wrote to standard error until now.</summary>
    public string Error => Encoding.UTF8.GetString(Snapshot(_error));

    /// <param name="environment">Set on top of this process's environment; null removes a variable.</param>
    public static RunningProcess Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? string.Empty,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }

        return new RunningProcess(Process.Start(start)!, string.Join(' ', start.ArgumentList.Prepend(program)));
    }

    /// <summary>Starts a program, gives it the input, and waits for its end.</summary>
    public static async Task<ProgramResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingDirectory = null,
        string? input = null)
    {
        await using var process = Start(program, arguments, environment, workingDirectory);
        await process.WriteInputAsync(input);
        return await process.WaitForExitAsync();
    }

    /// <summary>Writes to its standard input and leaves it open.</summary>
    public async Task TypeAsync(string input)
    {
        await _process.StandardInput.WriteAsync(input);
        await _process.StandardInput.FlushAsync(CancellationToken.None);
    }

    /// <summary>Writes to its standard input and closes it. A program that does not read it is none the worse.</summary>
    public async Task WriteInputAsync(string? input)
    {
        try
        {
            if (input is not null) await _process.StandardInput.WriteAsync(input);
            _process.StandardInput.Close();
        }
        catch (IOException e) when (e.HResult == 32)
        {
            // EPIPE: it ended without reading; its exit code and output say the rest.
            return;
        }
    }

    /// <summary>Waits until one line of its standard output or error satisfies the predicate, and returns that line.</summary>
    public async Task<string> WaitForLineAsync(Predicate<string> predicate)
    {
        string? found = null;
        await Conditions.Eventually(
            $"{_commandLine} writes a line that was expected",
            () =>
            {
                var ended = _readers.IsCompleted;
                found = CompleteLines(Output).Concat(CompleteLines(Error)).FirstOrDefault(line => predicate(line));
                if (found is null && ended) Assert.Fail($"{_commandLine} ended without the expected line\n{Output}\n{Error}");
                return found is not null;
            });
        return found!;
    }

    /// <summary>Waits for its end; kills it and fails the test after <see cref="Conditions.Deadline"/>.</summary>
    public async Task<ProgramResult> WaitForExitAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Conditions.Deadline);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            await _readers.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Kill();
            Assert.Fail($"{_commandLine} did not end in time\n{Output}\n{Error}");
        }

        return new ProgramResult(_commandLine, _process.ExitCode, Snapshot(_output), Error);
    }

    /// <summary>Sends it a signal, by number.</summary>
    public void Signal(int signal)
    {
        if (!_process.HasExited) Assert.Equal(0, SendSignal(_process.Id, signal));
    }

    /// <summary>Kills it at once (SIGKILL), with the children it started.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        await _readers.WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    private static async Task CollectAsync(Stream source, MemoryStream sink)
    {
        var buffer = new byte[16384];
        while (await source.ReadAsync(buffer, CancellationToken.None) is var count and > 0)
        {
            lock (sink) sink.Write(buffer, 0, count);
        }
    }

    private static byte[] Snapshot(MemoryStream stream)
    {
        lock (stream) return stream.ToArray();
    }

    private static IEnumerable<string> CompleteLines(string text) =>
        text.LastIndexOf('\n') is var end and >= 0 ? text[..end].Split('\n') : [];
}
