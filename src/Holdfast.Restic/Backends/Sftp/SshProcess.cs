using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Sftp;

/// <summary>
/// The running ssh: its input and output are the connection. It ignores the signals of the terminal, or Ctrl-C would cut the connection
/// before locks and temporary files are removed; it ends when the connection is closed.
/// </summary>
internal sealed class SshProcess : IAsyncDisposable
{
    private const int NotFoundByShell = 127;
    private const int LongestComplaint = 500;
    private const int KeptComplaint = 8192;

    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly string _program;
    private readonly StringBuilder _complaint = new();
    private readonly Task _complaints;

    private SshProcess(Process process, string program)
    {
        _process = process;
        _program = program;
        _complaints = CollectAsync();
    }

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    /// <param name="command">The program and its arguments.</param>
    /// <param name="hiddenVariables">What it does not get of this process's environment.</param>
    /// <exception cref="HoldfastException">Failed: it cannot be started.</exception>
    public static SshProcess Start(IReadOnlyList<string> command, IReadOnlyCollection<string> hiddenVariables)
    {
        // The shell does nothing but ignore the signals, which an executed program inherits; it never interprets the arguments.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "trap '' HUP INT QUIT; exec \"$@\"", "sh", .. command])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in hiddenVariables) start.Environment.Remove(name);
        try
        {
            return new SshProcess(Process.Start(start)!, command[0]);
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            throw new HoldfastException(FailureKind.Failed, $"cannot start {Quoted.Text(command[0])}: {Quoted.Escape(e.Message, LongestComplaint)}", null, e);
        }
    }

    /// <summary>Ends it, and says what it complained of: one line for a message, empty when it said nothing.</summary>
    public async Task<(string Complaint, bool IsMissing)> EndAsync()
    {
        // Words that explain an end come with it; a connection that was given up is ended here.
        using (var limit = new CancellationTokenSource(EndTime))
        {
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Kill();
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        await _complaints.WaitAsync(EndTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_process.ExitCode == NotFoundByShell) return ($"{Quoted.Text(_program)} was not found", true);
        string said;
        lock (_complaint) said = _complaint.ToString();
        var lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return (Quoted.Escape(string.Join("; ", lines), LongestComplaint), false);
    }

    /// <summary>Ends it at once: whatever reads or writes its streams gets to their end.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        await _complaints.WaitAsync(EndTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Dispose();
    }

    // Read to its end, or ssh would stand still when the pipe is full; the last words count.
    private async Task CollectAsync()
    {
        var buffer = new char[1024];
        while (await _process.StandardError.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false) is var count and > 0)
        {
            lock (_complaint)
            {
                _complaint.Append(buffer, 0, count);
                if (_complaint.Length > KeptComplaint) _complaint.Remove(0, _complaint.Length - KeptComplaint);
            }
        }
    }
}
