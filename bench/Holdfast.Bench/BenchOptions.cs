using System.Globalization;

namespace Holdfast.Bench;

/// <summary>The command line is wrong; the message, which may be empty, goes before the usage.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>A command, its file, and options as "--name value".</summary>
internal sealed class BenchOptions
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private string? _file;

    private BenchOptions(string command) => Command = command;

    public string Command { get; }

    /// <summary>The file that the command is about.</summary>
    public string File => _file ?? throw new UsageException("a file is missing");

    public static BenchOptions Parse(string[] arguments)
    {
        if (arguments.Length == 0) throw new UsageException(string.Empty);
        var options = new BenchOptions(arguments[0]);
        for (var i = 1; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                if (options._file is not null) throw new UsageException($"one file, please, not also {arguments[i]}");
                options._file = arguments[i];
            }
            else if (i + 1 == arguments.Length)
            {
                throw new UsageException($"{arguments[i]} needs a value");
            }
            else
            {
                options._values[arguments[i]] = arguments[++i];
            }
        }

        return options;
    }

    public string Text(string name, string fallback)
    {
        _used.Add(name);
        return _values.GetValueOrDefault(name, fallback);
    }

    public double Number(string name, string fallback) =>
        double.TryParse(Text(name, fallback), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= 0
            ? value
            : throw new UsageException($"{name} needs a number");

    public ulong Seed(string fallback) => (ulong)Number("--seed", fallback);

    /// <summary>Bytes; KiB, MiB, GiB may follow the number.</summary>
    public long Size(string name, string fallback)
    {
        var text = Text(name, fallback);
        var (factor, digits) = text switch
        {
            [.. var number, 'K', 'i', 'B'] => (1L << 10, number),
            [.. var number, 'M', 'i', 'B'] => (1L << 20, number),
            [.. var number, 'G', 'i', 'B'] => (1L << 30, number),
            _ => (1L, text),
        };
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value * factor
            : throw new UsageException($"{name} needs a size such as 64MiB");
    }

    /// <summary>A misspelt option must not be taken for its default.</summary>
    public void RejectUnused()
    {
        foreach (var name in _values.Keys)
        {
            if (!_used.Contains(name)) throw new UsageException($"{_file}: unknown option {name}");
        }
    }
}
