using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Engine.Manifest.Schema;
using Xunit;

namespace Holdfast.Tests.Engine.Manifest;

public sealed class ManifestSchemaTests
{
    [Theory]
    [InlineData("holdfast.schema.json")]
    [InlineData("manifest.md")]
    public void The_reference_in_the_documentation_is_what_the_schema_says(string file)
    {
        var written = file.EndsWith(".json", StringComparison.Ordinal) ? ManifestJsonSchema.Write() : ManifestReferencePage.Write();
        var path = Path.Combine(SourceFolder(), "docs", "reference", file);
        if (Environment.GetEnvironmentVariable("HOLDFAST_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, written);
        }

        Assert.Equal(File.ReadAllText(path), written);
    }

    [Fact]
    public void The_json_schema_closes_every_object_but_for_the_users_own_keys()
    {
        var schema = JsonNode.Parse(ManifestJsonSchema.Write())!;
        var objects = Descendants(schema).OfType<JsonObject>().Where(node =>
            node["type"] is JsonValue type && type.GetValueKind() == JsonValueKind.String && (string?)type == "object").ToList();

        Assert.True(objects.Count >= 6);
        Assert.All(objects, node => Assert.False((bool)node["additionalProperties"]!));
        Assert.All(objects, node => Assert.True((bool)node["patternProperties"]!["^x-"]!));
    }

    [Fact]
    public void Every_key_is_on_the_page()
    {
        var page = ManifestReferencePage.Write();

        foreach (var key in new[] { "application", "root", "databases.NAME.sqlite", "databases.NAME.expect_tables", "files.NAME",
            "exclude", "repositories.NAME.path", "passphrase.command", "version.file", "service.process.signal", "service.health.successes",
            "backup.quiesce.resume", "drill.boot.environment.NAME", "archives.NAME.passphrase.env" })
        {
            Assert.Contains($"### `{key}`\n", page, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<JsonNode> Descendants(JsonNode node) => node switch
    {
        JsonObject map => map.Where(pair => pair.Value is not null).SelectMany(pair => Descendants(pair.Value!)).Prepend(node),
        JsonArray list => list.Where(item => item is not null).SelectMany(item => Descendants(item!)).Prepend(node),
        _ => [node],
    };

    private static string SourceFolder()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Holdfast.slnx")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("the tests do not run inside the source tree");
    }
}
