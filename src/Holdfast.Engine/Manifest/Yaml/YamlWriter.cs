using System.Text;

namespace Holdfast.Engine.Manifest.Yaml;

/// <summary>Writes mappings in block style, each text so that it is read back as it was.</summary>
internal sealed class YamlWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public override string ToString() => _text.ToString();

    /// <summary>Writes a key with a text; nothing for null.</summary>
    public void Text(string key, string? value)
    {
        if (value is not null) Line($"{YamlQuoting.Scalar(key)}: {YamlQuoting.Scalar(value)}");
    }

    /// <summary>Writes a key with a text that is no string to other readers: a number, a duration, true.</summary>
    public void Plain(string key, string value) => Line($"{YamlQuoting.Scalar(key)}: {value}");

    /// <summary>Writes a key with a list on one line; nothing for null.</summary>
    public void List(string key, IEnumerable<string>? values)
    {
        if (values is not null) Line($"{YamlQuoting.Scalar(key)}: {Flow(values)}");
    }

    /// <summary>Writes a key with a list of lists.</summary>
    public void Lists(string key, IReadOnlyList<IReadOnlyList<string>> values) =>
        Line($"{YamlQuoting.Scalar(key)}: [{string.Join(", ", values.Select(Flow))}]");

    /// <summary>Writes a key with a mapping.</summary>
    public void Map(string key, Action content)
    {
        Line($"{YamlQuoting.Scalar(key)}:");
        _depth++;
        content();
        _depth--;
    }

    private static string Flow(IEnumerable<string> values) => $"[{string.Join(", ", values.Select(YamlQuoting.Scalar))}]";

    private void Line(string line) => _text.Append(' ', _depth * 2).Append(line).Append('\n');
}
