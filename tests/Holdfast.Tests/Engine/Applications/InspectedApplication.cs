using Holdfast.Engine.Applications;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Findings;
using Holdfast.Engine.Manifest;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Applications;

/// <summary>An application in good order, for tests that put one thing out of it.</summary>
internal sealed class InspectedApplication : IDisposable
{
    private readonly TempDirectory _temp = new();

    public InspectedApplication()
    {
        Execute("data/main.db", "create table trees(x); insert into trees values (1)");
        Write("config.yaml", "a: b");
        Write("backups/config", "");
        Write("key", "secret\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public string this[string name] => _temp[name];

    /// <summary>What a manifest of this application starts with: six lines.</summary>
    public const string Start = """
        application: orchard
        databases: { main: { sqlite: data/main.db } }
        files: { config: [config.yaml] }
        repositories: { local: { path: backups } }
        passphrase: { file: key }

        """;

    public void Execute(string name, string sql)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_temp[name])!);
        using var connection = SqliteConnections.OpenOrCreate(_temp[name]);
        connection.Execute(sql);
    }

    public void Write(string name, string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead) =>
        File.SetUnixFileMode(_temp.WriteFile(name, content), mode);

    public void Program(string name, string script) =>
        Write(name, "#!/bin/sh\n" + script + "\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>The findings, without those that every folder beside its repository has.</summary>
    public async Task<IReadOnlyList<Finding>> InspectAsync(string yaml) =>
        [.. (await InspectAllAsync(yaml)).Where(finding => !finding.Message.Contains("one disk failure takes both", StringComparison.Ordinal))];

    public async Task<IReadOnlyList<Finding>> InspectAllAsync(string yaml)
    {
        Write("holdfast.yaml", yaml);
        var manifest = ManifestFile.Read(FilePath.From(_temp["holdfast.yaml"])).Require();
        return await new ManifestInspection(manifest, TimeProvider.System).RunAsync(TestContext.Current.CancellationToken);
    }

    public async Task<Finding> OnlyFindingAsync(string yaml) => Assert.Single(await InspectAsync(yaml));

    public void Dispose() => _temp.Dispose();
}
