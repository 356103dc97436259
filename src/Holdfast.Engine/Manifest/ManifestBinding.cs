using Holdfast.Engine.Manifest.Yaml;
using Holdfast.Engine.Secrets;

namespace Holdfast.Engine.Manifest;

/// <summary>Makes the records from a document that passed validation.</summary>
internal static class ManifestBinding
{
    public static ApplicationManifest Bind(YamlMap document, string folder)
    {
        var root = Root(document, folder);
        return new ApplicationManifest
        {
            Application = Text(document["application"]),
            Root = root,
            Databases = [.. Entries(document["databases"]).Select(entry => Database(entry.Key.Value, (YamlMap)entry.Value, root))],
            Files = [.. Entries(document["files"]).Select(entry => new FileGroup(
                entry.Key.Value, [.. Texts(entry.Value).Select(text => FileSelection.Parse(text, root))]))],
            Exclude = new Exclusions(root, [.. Texts(document["exclude"]).Select(PathPattern.Parse)]),
            Repositories = [.. Entries(document["repositories"]).Select(entry => new RepositoryDeclaration(
                entry.Key.Value, Resolve(Text(((YamlMap)entry.Value)["path"]), root)))],
            Passphrase = document["passphrase"] is YamlMap passphrase ? Passphrase(passphrase, root) : null,
        };
    }

    /// <summary>The root of a document that may have failed validation.</summary>
    public static string Root(YamlMap document, string folder) =>
        document["root"] is YamlText { Value.Length: > 0 } root && !root.Value.Contains('\0', StringComparison.Ordinal)
            ? Resolve(root.Value, folder)
            : Resolve(".", folder);

    public static string Resolve(string path, string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, folder));

    public static IEnumerable<YamlEntry> Entries(YamlValue? value) =>
        value is YamlMap map ? map.Entries.Where(entry => !entry.IsUsersOwn) : [];

    private static DatabaseDeclaration Database(string name, YamlMap map, string root) => new(
        name, Resolve(Text(map["sqlite"]), root), [.. Texts(map["expect_tables"])], [.. Texts(map["assertions"])]);

    private static PassphraseSource Passphrase(YamlMap map, string root)
    {
        if (map["env"] is YamlText variable)
        {
            return new PassphraseSource.EnvironmentVariable(variable.Value);
        }

        if (map["file"] is YamlText file)
        {
            return new PassphraseSource.SecretFile(Resolve(file.Value, root));
        }

        return new PassphraseSource.Command(
            map["command"] is YamlText line ? CommandWords.Split(line.Value) : [.. Texts(map["command"])]);
    }

    private static string Text(YamlValue? value) => ((YamlText)value!).Value;

    private static IEnumerable<string> Texts(YamlValue? value) => value is YamlList list ? list.Items.Select(Text) : [];
}
