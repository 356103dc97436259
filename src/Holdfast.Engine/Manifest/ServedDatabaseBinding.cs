using Holdfast.Engine.Databases;
using Holdfast.Engine.Manifest.Schema;
using Holdfast.Engine.Manifest.Yaml;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Manifest;

/// <summary>Makes the records of databases that a server holds, from a document that passed validation.</summary>
internal static class ServedDatabaseBinding
{
    public static ServedDatabaseDeclaration Bind(string name, YamlMap map, string root) => new(
        name,
        Address(map["postgres"]!, root) with { Password = map["password"] is YamlMap password ? ManifestBinding.Passphrase(password, root) : null },
        [.. ManifestBinding.Texts(map["expect_tables"])],
        [.. ManifestBinding.Texts(map["assertions"])])
    {
        Form = map["form"] is YamlText { Value: "physical" } ? ServedForm.Physical : ServedForm.Logical,
        MaxRate = map["max_rate"] is YamlText rate ? ByteSize.TryParse(rate.Value) : null,
    };

    private static PostgresAddress Address(YamlValue value, string root)
    {
        if (value is not YamlMap map) return PostgresAddress.Parse(ManifestBinding.Text(value));
        string? Path(string key) => map[key] is YamlText path ? ManifestBinding.Resolve(path.Value, root) : null;
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, keyword) in PostgresSchema.Keywords)
        {
            if (map[key] is YamlText text) settings[keyword] = PostgresSchema.Paths.Contains(key) ? Path(key)! : text.Value;
        }

        return PostgresAddress.Of(settings) with { ServiceFile = Path("service_file") };
    }
}
