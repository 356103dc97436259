using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Holdfast.EndToEnd.Killing;

/// <summary>
/// Reads strace's words while they come. Of a call that is held only the beginning of the line is there, "PID NAME(ARGUMENTS", and that is when it counts.
/// </summary>
/// <param name="folders">Calls that name something below these count.</param>
/// <param name="isMoment">Whether the last of the calls so far is the one at which to kill.</param>
/// <param name="kill">Kills the process of this number.</param>
internal sealed partial class CallCounter(IReadOnlyList<string> folders, Predicate<IReadOnlyList<string>> isMoment, Action<int> kill)
{
    private readonly List<string> _calls = [];
    private readonly StringBuilder _line = new();
    private bool _counted;
    private (string Process, string Name) _killed;
    private string? _first;

    public IReadOnlyList<string> Calls => _calls;

    public int Lines { get; private set; }

    public bool WasKilled { get; private set; }

    /// <summary>Whether the call at which it was killed had a result all the same, because the kill came too late to find it held.</summary>
    public bool WasTooLate { get; private set; }

    public void Read(Stream trace)
    {
        var buffer = new byte[65536];
        while (trace.Read(buffer) is var count and > 0)
        {
            foreach (var character in Encoding.Latin1.GetString(buffer, 0, count))
            {
                if (character != '\n')
                {
                    _line.Append(character);
                    continue;
                }

                Look();
                LookForResult();
                Lines++;
                _line.Clear();
                _counted = false;
            }

            Look();
        }
    }

    private void Look()
    {
        if (_counted || _line.Length == 0 || Entry().Match(_line.ToString()) is not { Success: true } match) return;
        var (process, name, arguments) = (match.Groups["process"].Value, match.Groups["name"].Value, match.Groups["arguments"].Value);
        _first ??= process;
        if (name == "openat" && !arguments.Contains("O_CREAT", StringComparison.Ordinal)) return;
        if (!folders.Any(folder => arguments.Contains(folder, StringComparison.Ordinal))) return;
        _counted = true;
        // What was already on its way when the kill came belongs to the instant, too, but did not happen any more.
        if (WasKilled) return;
        // When the reader is late, the result stands behind them already, or strace's remark that another thread's call came between.
        _calls.Add($"{name}({Result().Split(arguments)[0].Replace(" <unfinished ...>", string.Empty, StringComparison.Ordinal)}");
        if (!isMoment(_calls)) return;
        WasKilled = true;
        _killed = (process, name);
        // The program itself, also when the call is that of one it has started, which then goes on alone.
        kill(int.Parse(_first, CultureInfo.InvariantCulture));
    }

    // The line itself, or the second part of it when another thread's came between; "= ?" is a call that never ended.
    private void LookForResult()
    {
        if (!WasKilled) return;
        var line = _line.ToString();
        if (!line.StartsWith(_killed.Process + " ", StringComparison.Ordinal)) return;
        var isIt = line.Contains($" {_killed.Name}(", StringComparison.Ordinal) || line.Contains($"<... {_killed.Name} resumed>", StringComparison.Ordinal);
        if (isIt && Result().IsMatch(line)) WasTooLate = true;
    }

    [GeneratedRegex(@"^(?<process>\d+) +(?<name>[a-z0-9_]+)\((?<arguments>.*)$", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Entry();

    [GeneratedRegex(@"\) += (0|-?[0-9])", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Result();
}
