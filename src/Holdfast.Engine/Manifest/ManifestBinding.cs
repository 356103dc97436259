using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest.Schema;
using Holdfast.Engine.Manifest.Yaml;
using Holdfast.Engine.Repositories;
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
            Databases = [.. Entries(document["databases"]).Where(entry => ((YamlMap)entry.Value)["sqlite"] is not null)
                .Select(entry => Database(entry.Key.Value, (YamlMap)entry.Value, root))],
            ServedDatabases = [.. Entries(document["databases"]).Where(entry => ((YamlMap)entry.Value)["postgres"] is not null)
                .Select(entry => ServedDatabaseBinding.Bind(entry.Key.Value, (YamlMap)entry.Value, root))],
            Files = [.. Entries(document["files"]).Select(entry => new FileGroup(
                entry.Key.Value, [.. Texts(entry.Value).Select(text => FileSelection.Parse(text, root))]))],
            Exclude = new Exclusions(root, [.. Texts(document["exclude"]).Select(PathPattern.Parse)]),
            Repositories = [.. Entries(document["repositories"]).Select(entry => Repository(entry.Key.Value, (YamlMap)entry.Value, root))],
            Passphrase = document["passphrase"] is YamlMap passphrase ? Passphrase(passphrase, root) : null,
            Version = ServiceBinding.Version(document["version"], root),
            Service = document["service"] is YamlMap service ? ServiceBinding.Service(service, root) : null,
            Backup = document["backup"] is YamlMap backup ? PolicyBinding.Backup(backup) : new BackupDeclaration(),
            Drill = document["drill"] is YamlMap drill ? PolicyBinding.Drill(drill) : new DrillDeclaration(),
            CheckReadWithin = document["check"] is YamlMap check ? Text(check["read_within"]) : null,
            Archives = [.. Entries(document["archives"]).Select(entry =>
                PolicyBinding.Archive(entry.Key.Value, (YamlMap)entry.Value, root, Text(document["application"])))],
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

    private static RepositoryDeclaration Repository(string name, YamlMap map, string root)
    {
        PassphraseSource? Source(string key) => map[key] is YamlMap source ? Passphrase(source, root) : null;
        var kind = RepositorySchema.Kinds.First(kind => map[kind] is not null);
        var text = Text(map[kind]);
        var address = kind == "path" ? RepositoryAddress.Of(FilePath.From(Resolve(text, root))) : RepositoryAddress.Parse($"{kind}:{text}", FilePath.Root);
        return new RepositoryDeclaration(name, address)
        {
            Credentials = new RepositoryCredentials
            {
                KeyId = Source("key_id"),
                Secret = Source("secret"),
                SessionToken = Source("session_token"),
                Region = (map["region"] as YamlText)?.Value,
                User = (map["user"] as YamlText)?.Value,
                Password = Source("password"),
            },
            Passphrase = Source("passphrase"),
            Keep = map["keep"] is YamlMap keep ? KeepText.Read(keep) : null,
            Settings = StorageText.Read(map, root),
        };
    }

    public static PassphraseSource Passphrase(YamlMap map, string root)
    {
        if (map["env"] is YamlText variable)
        {
            return new PassphraseSource.EnvironmentVariable(variable.Value);
        }

        return map["file"] is YamlText file
            ? new PassphraseSource.SecretFile(Resolve(file.Value, root))
            : new PassphraseSource.Command(Words(map["command"])!);
    }

    /// <summary>A program and its arguments, from a list or a text; null when nothing is there.</summary>
    public static IReadOnlyList<string>? Words(YamlValue? value) => value switch
    {
        null => null,
        YamlText line => CommandWords.Split(line.Value),
        _ => [.. Texts(value)],
    };

    public static TimeSpan Duration(YamlValue? value, TimeSpan standard) =>
        value is YamlText text ? DurationText.Parse(text.Value) : standard;

    public static int? Count(YamlValue? value) =>
        value is YamlText text ? int.Parse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture) : null;

    public static string Text(YamlValue? value) => ((YamlText)value!).Value;

    public static IEnumerable<string> Texts(YamlValue? value) => value is YamlList list ? list.Items.Select(Text) : [];
}
