using Holdfast.Engine.Manifest.Yaml;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest.Schema;

/// <summary>Holds a document against the schema and reports everything that does not fit, not only the first thing.</summary>
internal sealed class SchemaValidation
{
    private readonly ICollection<ManifestError> _errors;

    private SchemaValidation(ICollection<ManifestError> errors) => _errors = errors;

    public static void Run(YamlValue document, SchemaElement schema, ICollection<ManifestError> errors) =>
        new SchemaValidation(errors).Visit(document, schema, string.Empty);

    private void Visit(YamlValue value, SchemaElement schema, string path)
    {
        switch (schema, value)
        {
            case (_, YamlRefused):
                break;
            case (_, YamlText { IsAbsent: true }):
                Report(value, path, "has no value", schema.Remedy ?? $"write {schema.Kind}, or remove the key");
                break;
            case (TextElement text, YamlText given):
                VisitText(given, text, path);
                break;
            case (ListElement list, YamlList given):
                VisitList(given, list, path);
                break;
            case (EitherElement either, YamlText given):
                VisitText(given, either.Text, path);
                break;
            case (EitherElement either, _) when Fits(either.Full, value):
                Visit(value, either.Full, path);
                break;
            case (MapElement map, YamlMap given):
                VisitMap(given, map, path);
                break;
            case (ObjectElement known, YamlMap given):
                VisitObject(given, known, path);
                break;
            default:
                // The value is not repeated: it may be a secret in the wrong place.
                Report(value, path, $"expected {schema.Kind}, found {KindOf(value)}", schema.Remedy);
                break;
        }
    }

    private static bool Fits(SchemaElement full, YamlValue value) =>
        (full, value) is (ListElement, YamlList) or (ObjectElement, YamlMap);

    private void VisitText(YamlText given, TextElement text, string path)
    {
        if (text.Format.Problem(given.Value) is { } problem)
        {
            Report(given, path, $"{(text.Format.MayHoldSecret ? "the text" : Quoted.Text(given.Value))} {problem}", null);
        }
    }

    private void VisitList(YamlList given, ListElement list, string path)
    {
        if (given.Items.Count < list.Minimum)
        {
            Report(given, path, "the list is empty", list.Remedy);
        }

        for (var i = 0; i < given.Items.Count; i++)
        {
            Visit(given.Items[i], list.Items, ManifestPath.Item(path, i));
        }
    }

    private void VisitMap(YamlMap given, MapElement map, string path)
    {
        var entries = given.Entries.Where(entry => !entry.IsUsersOwn).ToList();
        if (entries.Count < map.Minimum)
        {
            var hint = map.Values.Remedy is { } remedy ? $"under a name of your choice, {remedy}" : null;
            Report(given, path, "at least one entry is needed", hint);
        }

        foreach (var (key, value) in entries)
        {
            var below = ManifestPath.Key(path, key.Value);
            if (map.Names.Problem(key.Value) is { } problem)
            {
                Report(key, below, $"the name {Quoted.Text(key.Value)} {problem}", null);
            }

            Visit(value, map.Values, below);
        }
    }

    private void VisitObject(YamlMap given, ObjectElement known, string path)
    {
        foreach (var (key, value) in given.Entries.Where(entry => !entry.IsUsersOwn))
        {
            var below = ManifestPath.Key(path, key.Value);
            if (known.Keys.FirstOrDefault(candidate => candidate.Name == key.Value) is { } schema)
            {
                Visit(value, schema.Element, below);
            }
            else
            {
                var names = known.Keys.Select(candidate => candidate.Name).ToList();
                Report(key, below, $"unknown key {Quoted.Text(key.Value)}", Suggestion(key.Value, names));
            }
        }

        RequireKeys(given, known, path);
    }

    private void RequireKeys(YamlMap given, ObjectElement known, string path)
    {
        foreach (var key in known.Keys.Where(key => key.IsRequired && given[key.Name] is null))
        {
            Report(given, path, $"the key '{key.Name}' is missing", key.Element.Remedy);
        }

        var present = known.Keys.Where(key => given[key.Name] is not null).Select(key => key.Name).ToList();
        foreach (var key in known.Keys.Where(key => key.Needs is { } other && present.Contains(key.Name) && !present.Contains(other)))
        {
            Report(given, path, $"the key '{key.Name}' needs the key '{key.Needs}' beside it", null);
        }

        foreach (var key in known.Keys.Where(key => key.NeedsOneOf.Count > 0 && present.Contains(key.Name) && !key.NeedsOneOf.Any(present.Contains)))
        {
            var place = given.Entries.First(entry => entry.Key.Value == key.Name).Key;
            Report(place, ManifestPath.Key(path, key.Name), $"the key '{key.Name}' is only for {string.Join(" and ", key.NeedsOneOf.Select(other => $"'{other}'"))}", key.Remedy);
        }

        var chosen = known.ExactlyOneOf.Where(present.Contains).ToList();
        if (known.ExactlyOneOf.Count > 0 && chosen.Count != 1)
        {
            var message = chosen.Count == 0 ? "nothing is given" : "only one of these can be used: " + string.Join(", ", chosen);
            Report(given, path, message, $"give one of {string.Join(", ", known.ExactlyOneOf)}");
        }

        if (known.NeedsOneOf.Count > 0 && !known.NeedsOneOf.Any(present.Contains))
        {
            Report(given, path, "there is nothing to save", $"add {string.Join(" or ", known.NeedsOneOf)}");
        }
    }

    private static string Suggestion(string key, IReadOnlyList<string> names) =>
        Spelling.Nearest(key, names) is { } nearest
            ? $"did you mean '{nearest}'?"
            : $"known here: {string.Join(", ", names)}; keys of your own start with x-";

    private static string KindOf(YamlValue value) => value switch
    {
        YamlText => "text",
        YamlList => "a list",
        _ => "a mapping",
    };

    private void Report(YamlValue place, string path, string message, string? hint) =>
        _errors.Add(new ManifestError(place.Line, place.Column, path, message, hint));
}
