namespace Holdfast.Engine.Manifest.Yaml;

/// <summary>A piece of a YAML document with the place where it starts; lines and columns count from 1.</summary>
internal abstract record YamlValue(int Line, int Column);

/// <summary>
/// A scalar, always taken as the text that stands there: <c>no</c>, <c>on</c> and <c>1.10</c> are these characters
/// and never a truth value or a number.
/// </summary>
internal sealed record YamlText(int Line, int Column, string Value, bool IsPlain) : YamlValue(Line, Column)
{
    /// <summary>True where nothing was written after the key or the dash.</summary>
    public bool IsAbsent => IsPlain && Value.Length == 0;
}

internal sealed record YamlList(int Line, int Column, IReadOnlyList<YamlValue> Items) : YamlValue(Line, Column);

internal sealed record YamlMap(int Line, int Column, IReadOnlyList<YamlEntry> Entries) : YamlValue(Line, Column)
{
    public YamlValue? this[string key] => Entries.FirstOrDefault(entry => entry.Key.Value == key)?.Value;
}

/// <summary>Stands where something was refused and reported already, so that it is not reported twice.</summary>
internal sealed record YamlRefused(int Line, int Column) : YamlValue(Line, Column);

internal sealed record YamlEntry(YamlText Key, YamlValue Value)
{
    /// <summary>Keys starting with <c>x-</c> belong to the user; nothing below them is looked at.</summary>
    public bool IsUsersOwn => Key.Value.StartsWith("x-", StringComparison.Ordinal);
}
