using System.Collections.Concurrent;
using System.Globalization;
using Holdfast.Testing;

namespace Holdfast.EndToEnd.Writers;

/// <summary>The folder of one writer: changed before each of its backups, and remembered as it was then.</summary>
internal sealed class WriterFolder
{
    private const int Files = 12;

    private readonly string _name;
    private readonly Random _random;
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> _states = new(StringComparer.Ordinal);
    private int _version;

    /// <param name="name">Stands in the tags of its snapshots.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="seed">Of its changes.</param>
    internal WriterFolder(string name, string path, int seed)
    {
        (_name, Path, _random) = (name, path, new Random(seed));
        Directory.CreateDirectory(path);
        for (var file = 0; file < Files; file++) WriteFile(file);
    }

    internal string Path { get; }

    /// <summary>Changes some files. Until the next call nobody changes them.</summary>
    /// <returns>The tag under which this state is to be saved.</returns>
    internal string Change()
    {
        for (var change = _random.Next(4); change >= 0; change--) WriteFile(_random.Next(Files));
        var tag = string.Create(CultureInfo.InvariantCulture, $"{_name}-{++_version}");
        _states[tag] = Contents(Path);
        return tag;
    }

    /// <summary>The content that belongs to a tag; null when it is not one of this folder.</summary>
    internal IReadOnlyDictionary<string, string>? StateOf(string tag) => _states.GetValueOrDefault(tag);

    internal static IReadOnlyDictionary<string, string> Contents(string folder) => Directory.GetFiles(folder)
        .ToDictionary(file => System.IO.Path.GetFileName(file), file => Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))), StringComparer.Ordinal);

    private void WriteFile(int number) => File.WriteAllBytes(
        System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"file{number}")),
        // Some of it all writers have in common, so that they rely on each other's packs.
        SyntheticTree.RandomBytes(_random.Next(3) == 0 ? _random.Next(5) : _random.Next(), 1000 + _random.Next(150_000)));
}
