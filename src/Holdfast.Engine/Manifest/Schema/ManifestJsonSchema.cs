using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Engine.Manifest.Schema;

/// <summary>The schema of <c>holdfast.yaml</c> as JSON Schema, draft 2020-12, for editors.</summary>
public static class ManifestJsonSchema
{
    private static readonly JsonSerializerOptions _readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    };

    /// <summary>A JSON document that ends with a line break.</summary>
    public static string Write()
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "holdfast.yaml",
        };
        foreach (var (key, value) in Describe(ManifestSchema.Root).ToList())
        {
            schema[key] = value?.DeepClone();
        }

        return schema.ToJsonString(_readable) + "\n";
    }

    private static JsonObject Describe(SchemaElement element)
    {
        var json = element switch
        {
            TextElement text => Text(text),
            ListElement list => List(list),
            EitherElement either => new JsonObject { ["oneOf"] = new JsonArray(Describe(either.Full), Describe(either.Text)) },
            MapElement map => Map(map),
            ObjectElement known => Object(known),
            _ => throw new ArgumentException("unknown kind of element", nameof(element)),
        };
        json.Insert(0, "description", element.Description);
        return json;
    }

    private static JsonObject Text(TextElement text)
    {
        var types = text.Format.JsonTypes;
        var json = new JsonObject { ["type"] = types.Count == 1 ? types[0] : Names(types) };
        if (text.Format.Choices.Count > 0 && types.Contains("string"))
        {
            json["enum"] = Names(text.Format.Choices);
        }
        else if (types.Contains("string") && text.Format.Problem(string.Empty) is not null)
        {
            json["minLength"] = 1;
        }

        if (text.Format.Pattern is { } pattern)
        {
            json["pattern"] = $"^(?:{pattern})$";
        }

        if (text.Examples.Count > 0)
        {
            json["examples"] = new JsonArray([.. text.Examples.Select(example => (JsonNode)example)]);
        }

        return json;
    }

    private static JsonObject List(ListElement list)
    {
        var json = new JsonObject { ["type"] = "array", ["items"] = Describe(list.Items) };
        if (list.Minimum > 0)
        {
            json["minItems"] = list.Minimum;
        }

        return json;
    }

    private static JsonObject Map(MapElement map)
    {
        var json = new JsonObject
        {
            ["type"] = "object",
            ["patternProperties"] = new JsonObject
            {
                ["^x-"] = true,
                [$"^(?:{map.Names.Pattern})$"] = Describe(map.Values),
            },
            ["additionalProperties"] = false,
        };
        if (map.Minimum > 0)
        {
            json["minProperties"] = map.Minimum;
        }

        return json;
    }

    private static JsonObject Object(ObjectElement known)
    {
        var properties = new JsonObject();
        foreach (var key in known.Keys)
        {
            properties[key.Name] = Describe(key.Element);
        }

        var json = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["patternProperties"] = new JsonObject { ["^x-"] = true },
            ["additionalProperties"] = false,
        };
        var required = known.Keys.Where(key => key.IsRequired).Select(key => key.Name).ToList();
        if (required.Count > 0)
        {
            json["required"] = Names(required);
        }

        if (known.ExactlyOneOf.Count > 0)
        {
            json["oneOf"] = Alternatives(known.ExactlyOneOf);
        }

        if (known.Keys.Any(key => key.Needs is not null))
        {
            json["dependentRequired"] = new JsonObject(known.Keys
                .Where(key => key.Needs is not null)
                .Select(key => KeyValuePair.Create(key.Name, (JsonNode?)Names([key.Needs!]))));
        }

        if (known.Keys.Any(key => key.NeedsOneOf.Count > 0))
        {
            json["dependentSchemas"] = new JsonObject(known.Keys
                .Where(key => key.NeedsOneOf.Count > 0)
                .Select(key => KeyValuePair.Create(key.Name, (JsonNode?)new JsonObject { ["anyOf"] = Alternatives(key.NeedsOneOf) })));
        }

        if (known.NeedsOneOf.Count > 0)
        {
            json["anyOf"] = Alternatives(known.NeedsOneOf);
        }

        return json;
    }

    private static JsonArray Alternatives(IEnumerable<string> names) =>
        new([.. names.Select(name => (JsonNode)new JsonObject { ["required"] = Names([name]) })]);

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => (JsonNode)name)]);
}
