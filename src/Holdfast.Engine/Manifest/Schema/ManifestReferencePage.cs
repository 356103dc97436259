using System.Text;

namespace Holdfast.Engine.Manifest.Schema;

/// <summary>The schema of <c>holdfast.yaml</c> as a page for people, in Markdown.</summary>
public static class ManifestReferencePage
{
    public static string Write()
    {
        var page = new StringBuilder();
        page.Append($"""
            <!-- Made from the schema in src/Holdfast.Engine/Manifest/Schema; a test compares them. Do not edit. -->
            # holdfast.yaml

            {ManifestSchema.Root.Description}

            ```yaml
            {ManifestSchema.Example}
            ```

            ## Rules

            - The file is one YAML document in UTF-8, at most 1 MiB. Anchors, aliases and tags are refused.
            - Text is taken as it stands: `no`, `on` and `1.10` are these characters, with or without quotes. Editors that
              use the JSON Schema (`holdfast.schema.json`, in this folder) want such values in quotes.
            - Unknown and duplicate keys are errors. Keys that start with `x-` are your own, at any level, and are not looked at.
            - A relative path is below the root. Databases and files that are elsewhere are written with their absolute path:
              `..` out of the root is refused for them, so that nothing is saved by a slip. `~` and `$NAME` are not replaced.
            - In patterns case matters, a leading dot is nothing special, and a backslash takes the next character as it is.
              `*` and `?` stay within a name, `**` spans any number of folders; `folder/**` is what is in the folder.
              A folder that is excluded is not entered.
            - All errors are reported at once, each with line, column and key; the exit code is then 2.

            ## Keys

            `NAME` is a name of your choice: {ManifestFormats.Name.Words}.


            """);
        Describe(page, string.Empty, ManifestSchema.Root);
        return page.ToString();
    }

    private static void Describe(StringBuilder page, string path, ObjectElement known)
    {
        foreach (var key in known.Keys)
        {
            Section(page, path.Length == 0 ? key.Name : $"{path}.{key.Name}", key.Element, Must(key, known));
        }
    }

    private static string Must(SchemaKey key, ObjectElement known) =>
        key.IsRequired ? "required"
        : known.ExactlyOneOf.Contains(key.Name) ? "exactly one of " + string.Join(", ", known.ExactlyOneOf.Select(sibling => $"`{sibling}`"))
        : known.NeedsOneOf.Contains(key.Name) ? "at least one of " + string.Join(", ", known.NeedsOneOf.Select(sibling => $"`{sibling}`"))
        : key.Needs is { } other ? $"optional, beside `{other}`"
        : key.NeedsOneOf.Count > 0 ? "optional, beside " + string.Join(" or ", key.NeedsOneOf.Select(sibling => $"`{sibling}`"))
        : "optional";

    private static void Section(StringBuilder page, string path, SchemaElement element, string must)
    {
        page.Append($"### `{path}`\n\n{Kind(element)}; {must}.\n\n{element.Description}\n\n");
        var examples = element switch
        {
            TextElement text => text.Examples,
            ListElement { Items: TextElement item } => item.Examples,
            EitherElement either => either.Text.Examples,
            _ => [],
        };
        if (examples.Count > 0)
        {
            page.Append($"Example: {string.Join(", ", examples.Select(example => $"`{example}`"))}\n\n");
        }

        switch (element)
        {
            case ObjectElement known:
                Describe(page, path, known);
                break;
            case EitherElement { Full: ObjectElement known }:
                Describe(page, path, known);
                break;
            case MapElement { Values: ObjectElement known } map:
                page.Append($"### `{path}.NAME`\n\n{map.Values.Description}\n\n");
                Describe(page, $"{path}.NAME", known);
                break;
            case MapElement map:
                Section(page, $"{path}.NAME", map.Values, "any number");
                break;
        }
    }

    private static string Kind(SchemaElement element) => Capital(element switch
    {
        TextElement text => text.Format.Words,
        ListElement list => $"a list, {(list.Minimum > 0 ? "not empty" : "may be empty")}; each item is {Item(list)}",
        EitherElement { Full: ListElement list } either => $"a list ({Item(list)} each), or text ({either.Text.Format.Words})",
        EitherElement either => $"{either.Full.Kind}, or text ({either.Text.Format.Words})",
        MapElement { Minimum: > 0 } => "a mapping with at least one name",
        MapElement => "a mapping from names",
        _ => "a mapping",
    });

    private static string Item(ListElement list) => list.Items switch
    {
        TextElement text => text.Format.Words,
        EitherElement { Full: ListElement words } either => $"a list ({Item(words)} each) or text ({either.Text.Format.Words})",
        var other => other.Kind,
    };

    private static string Capital(string words) => char.ToUpperInvariant(words[0]) + words[1..];
}
