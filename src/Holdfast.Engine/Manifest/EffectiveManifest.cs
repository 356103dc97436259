using System.Globalization;
using Holdfast.Engine.Databases;
using Holdfast.Engine.Manifest.Schema;
using Holdfast.Engine.Manifest.Yaml;
using Holdfast.Engine.Secrets;

namespace Holdfast.Engine.Manifest;

/// <summary>
/// A manifest as it is understood: absolute paths, defaults filled in, secrets taken out. Where a passphrase comes from is no secret. The text is a
/// manifest again.
/// </summary>
public static class EffectiveManifest
{
    public static string Write(ApplicationManifest manifest)
    {
        var yaml = new YamlWriter();
        yaml.Text("application", manifest.Application);
        yaml.Text("root", manifest.Root);
        WriteVersion(yaml, manifest.Version);
        if (manifest.Databases.Count + manifest.ServedDatabases.Count > 0)
        {
            yaml.Map("databases", () =>
            {
                WriteAll(yaml, manifest.Databases, database => database.Name, WriteDatabase);
                WriteAll(yaml, manifest.ServedDatabases, database => database.Name, WriteServedDatabase);
            });
        }

        if (manifest.Files.Count > 0)
        {
            yaml.Map("files", () =>
            {
                foreach (var group in manifest.Files) yaml.List(group.Name, group.Selections.Select(selection => selection.Text));
            });
        }

        yaml.List("exclude", manifest.Exclude.Patterns.Select(pattern => pattern.Text));
        if (manifest.Service is { } service) yaml.Map("service", () => ServiceText.Write(yaml, service));
        yaml.Map("repositories", () => WriteAll(yaml, manifest.Repositories, repository => repository.Name, WriteRepository));
        WriteSource(yaml, manifest.Passphrase);
        yaml.Map("backup", () => WriteBackup(yaml, manifest.Backup));
        yaml.Map("drill", () => ServiceText.Write(yaml, manifest.Drill));
        if (manifest.CheckReadWithin is { } within) yaml.Map("check", () => yaml.Text("read_within", within));
        if (manifest.Archives.Count > 0) yaml.Map("archives", () => WriteAll(yaml, manifest.Archives, archive => archive.Name, WriteArchive));
        return yaml.ToString();
    }

    private static void WriteAll<T>(YamlWriter yaml, IEnumerable<T> items, Func<T, string> name, Action<YamlWriter, T> write)
    {
        foreach (var item in items) yaml.Map(name(item), () => write(yaml, item));
    }

    private static void WriteRepository(YamlWriter yaml, RepositoryDeclaration repository)
    {
        var text = repository.Address.Text;
        if (repository.Address.Folder is not null) yaml.Text("path", text);
        else yaml.Text(text[..text.IndexOf(':', StringComparison.Ordinal)], text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        var credentials = repository.Credentials;
        WriteSource(yaml, credentials.KeyId, "key_id");
        WriteSource(yaml, credentials.Secret, "secret");
        WriteSource(yaml, credentials.SessionToken, "session_token");
        if (credentials.Region is { } region) yaml.Text("region", region);
        if (credentials.User is { } user) yaml.Text("user", user);
        WriteSource(yaml, credentials.Password, "password");
        WriteSource(yaml, repository.Passphrase);
        if (repository.Keep is { } keep) yaml.Map("keep", () => KeepText.Write(yaml, keep));
        StorageText.Write(yaml, repository.Settings);
    }

    private static void WriteVersion(YamlWriter yaml, VersionDeclaration? version)
    {
        switch (version)
        {
            case VersionDeclaration.Literal(var text):
                yaml.Text("version", text);
                break;
            case VersionDeclaration.InFile(var path):
                yaml.Map("version", () => yaml.Text("file", path));
                break;
            case VersionDeclaration.Command(var words):
                yaml.Map("version", () => yaml.List("command", Redaction.Words(words)));
                break;
        }
    }

    private static void WriteDatabase(YamlWriter yaml, DatabaseDeclaration database)
    {
        yaml.Text("sqlite", database.Path);
        yaml.List("expect_tables", database.ExpectTables);
        yaml.List("assertions", database.Assertions);
    }

    private static void WriteServedDatabase(YamlWriter yaml, ServedDatabaseDeclaration database)
    {
        if (database.Address.ServiceFile is { } services)
        {
            yaml.Map("postgres", () =>
            {
                foreach (var (key, keyword) in PostgresSchema.Keywords) yaml.Text(key, database.Address.Settings.GetValueOrDefault(keyword));
                yaml.Text("service_file", services);
            });
        }
        else
        {
            yaml.Text("postgres", database.Address.Text);
        }

        WriteSource(yaml, database.Address.Password, "password");
        if (database.Form == ServedForm.Physical)
        {
            yaml.Text("form", "physical");
            yaml.Text("max_rate", database.MaxRate?.ToString(CultureInfo.InvariantCulture));
        }

        yaml.List("expect_tables", database.ExpectTables);
        yaml.List("assertions", database.Assertions);
    }

    private static void WriteSource(YamlWriter yaml, PassphraseSource? source, string key = "passphrase")
    {
        if (source is null) return;
        yaml.Map(key, () =>
        {
            yaml.Text("env", (source as PassphraseSource.EnvironmentVariable)?.Name);
            yaml.Text("file", (source as PassphraseSource.SecretFile)?.Path);
            yaml.List("command", source is PassphraseSource.Command(var words) ? Redaction.Words(words) : null);
        });
    }

    private static void WriteBackup(YamlWriter yaml, BackupDeclaration backup)
    {
        yaml.Lists("before", [.. backup.Before.Select(Redaction.Words)]);
        yaml.Lists("after", [.. backup.After.Select(Redaction.Words)]);
        if (backup.Quiesce is { } quiesce)
        {
            yaml.Map("quiesce", () =>
            {
                yaml.List("pause", Redaction.Words(quiesce.Pause));
                yaml.List("resume", Redaction.Words(quiesce.Resume));
            });
        }

        yaml.Plain("timeout", DurationText.Write(backup.Timeout));
        yaml.Plain("suspicious_drop", backup.SuspiciousDrop.ToString("0.####", CultureInfo.InvariantCulture));
        if (backup.Keep is { } keep) yaml.Map("keep", () => KeepText.Write(yaml, keep));
    }

    private static void WriteArchive(YamlWriter yaml, ArchiveDeclaration archive)
    {
        yaml.Text("folder", archive.Folder);
        yaml.Text("format", archive.Format);
        yaml.Text("prefix", archive.Prefix);
        yaml.Text("database", archive.Database);
        WriteSource(yaml, archive.Passphrase);
        if (archive.KeepLast is { } last) yaml.Plain("keep_last", last.ToString(CultureInfo.InvariantCulture));
        if (archive.KeepDays is { } days) yaml.Plain("keep_days", days.ToString(CultureInfo.InvariantCulture));
    }
}
