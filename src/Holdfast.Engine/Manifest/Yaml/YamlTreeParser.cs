using Holdfast.Restic.Failures;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Holdfast.Engine.Manifest.Yaml;

/// <summary>
/// Turns one YAML document into a tree with positions. Refuses what a manifest has no use for and what makes YAML
/// dangerous: anchors and aliases (a few hundred bytes can unfold to gigabytes), tags, several documents, duplicate
/// keys and deep nesting.
/// </summary>
internal sealed class YamlTreeParser
{
    private const int DeepestNesting = 24;

    private readonly IParser _events;
    private readonly ICollection<ManifestError> _errors;

    private YamlTreeParser(IParser events, ICollection<ManifestError> errors)
    {
        _events = events;
        _errors = errors;
    }

    /// <summary>
    /// The root of the document; null when there is none or the text is not YAML (reported in <paramref name="errors"/>).
    /// </summary>
    public static YamlValue? Parse(string text, ICollection<ManifestError> errors)
    {
        using var reader = new StringReader(text);
        var scanner = new Scanner(reader, skipComments: true);
        try
        {
            return new YamlTreeParser(new Parser(scanner), errors).ReadStream();
        }
        catch (MaximumRecursionLevelReachedException exception)
        {
            errors.Add(new ManifestError(
                (int)exception.Start.Line, (int)exception.Start.Column, string.Empty, "nested too deeply",
                $"no manifest needs more than {DeepestNesting} levels"));
        }
        catch (YamlException exception)
        {
            errors.Add(YamlSyntaxError.From(exception, text));
        }
        catch (InvalidOperationException)
        {
            // The scanner of YamlDotNet 16 answers some broken documents with this, an unclosed bracket among them.
            errors.Add(YamlSyntaxError.At(scanner.CurrentPosition));
        }

        return null;
    }

    private YamlValue? ReadStream()
    {
        _events.Consume<StreamStart>();
        if (_events.Accept<StreamEnd>(out _))
        {
            return null;
        }

        _events.Consume<DocumentStart>();
        var root = ReadValue(string.Empty, depth: 0);
        _events.Consume<DocumentEnd>();
        if (_events.Accept<DocumentStart>(out var second))
        {
            Refuse(second.Start, string.Empty, "a second document starts here",
                "a manifest is one document; remove the line '---' and what follows it");
        }

        return root;
    }

    private YamlValue ReadValue(string path, int depth)
    {
        if (_events.TryConsume<AnchorAlias>(out var alias))
        {
            return Refuse(alias.Start, path, "aliases are not used in a manifest",
                "write the value out; a pattern that starts with '*' must be quoted: \"*.tmp\"");
        }

        var node = _events.Consume<NodeEvent>();
        var (line, column) = Place(node.Start);
        if (!node.Anchor.IsEmpty)
        {
            Refuse(node.Start, path, "anchors are not used in a manifest", "remove the word that starts with '&'");
        }

        if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific)
        {
            Refuse(node.Start, path, "tags are not used in a manifest", "remove the word that starts with '!', or quote the value");
        }

        switch (node)
        {
            case Scalar scalar:
                return new YamlText(line, column, scalar.Value, scalar.Style == ScalarStyle.Plain);
            case SequenceStart when depth < DeepestNesting:
                return new YamlList(line, column, ReadItems(path, depth + 1));
            case MappingStart when depth < DeepestNesting:
                return new YamlMap(line, column, ReadEntries(path, depth + 1));
            default:
                // Reading on would take quadratic time on a megabyte of brackets.
                throw new MaximumRecursionLevelReachedException(node.Start, node.End, "nested too deeply");
        }
    }

    private List<YamlValue> ReadItems(string path, int depth)
    {
        var items = new List<YamlValue>();
        while (!_events.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadValue(ManifestPath.Item(path, items.Count), depth));
        }

        return items;
    }

    private List<YamlEntry> ReadEntries(string path, int depth)
    {
        var entries = new List<YamlEntry>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        while (!_events.TryConsume<MappingEnd>(out _))
        {
            var key = ReadValue(path, depth);
            var name = (key as YamlText)?.Value ?? "?";
            var value = ReadValue(ManifestPath.Key(path, name), depth);
            if (key is not YamlText text)
            {
                if (key is not YamlRefused)
                {
                    _errors.Add(new ManifestError(key.Line, key.Column, path, "a key must be text", null));
                }
            }
            else if (lines.TryAdd(name, key.Line))
            {
                entries.Add(new YamlEntry(text, value));
            }
            else
            {
                _errors.Add(new ManifestError(
                    key.Line, key.Column, ManifestPath.Key(path, name),
                    $"the key {Quoted.Text(name)} is already given on line {lines[name]}", "keep one of them"));
            }
        }

        return entries;
    }

    private YamlRefused Refuse(Mark mark, string path, string message, string hint)
    {
        var (line, column) = Place(mark);
        _errors.Add(new ManifestError(line, column, path, message, hint));
        return new YamlRefused(line, column);
    }

    private static (int Line, int Column) Place(Mark mark) => ((int)mark.Line, (int)mark.Column);
}
