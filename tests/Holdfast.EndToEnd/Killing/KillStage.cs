using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>
/// An application in version 2, as a killed writer left it, and a repository that holds version 1: the beginning of every killed run, made again
/// from copies. Databases: one in WAL mode, one with a rollback journal. Files: one that differs, one that is the same, one of each version only.
/// </summary>
internal sealed class KillStage : IDisposable
{
    private static readonly (string Name, string Mode)[] DatabaseModes = [("data/log.db", "wal"), ("data/journal.db", "delete")];

    private readonly TempDirectory _temp = new();
    private OwnRepository? _repository;

    private KillStage()
    {
        Program = new HoldfastProgram(Repository, OwnRepository.Passphrase);
    }

    public string Application => _temp["app"];

    public string Repository => _temp["repository"];

    public OwnRepository Opened => _repository!;

    public HoldfastProgram Program { get; }

    /// <summary>The only snapshot of the beginning.</summary>
    public string First { get; private set; } = "";

    /// <summary>What the real restic restores of it.</summary>
    public string ExpectedFirst => _temp["expected"] + Application;

    /// <summary>A path for anything else.</summary>
    public string this[string name] => _temp[name];

    /// <param name="manifest">Further lines of its manifest; null for none at all.</param>
    public static async Task<KillStage> CreateAsync(Func<KillStage, string>? manifest = null)
    {
        RealComponent.Require("strace");
        var stage = new KillStage();
        stage._repository = await OwnRepository.CreateAsync(stage.Repository);
        stage.WriteVersion(1);
        if (manifest is not null) stage.WriteManifest(manifest(stage));
        stage.First = manifest is null
            ? (await stage.Opened.BackUpAsync(stage.Application)).SnapshotId.ToString()
            : (await stage.RunAsync("backup", "--json")).Json().GetProperty("snapshot_id").GetString()!;
        await stage.Opened.Restic.RunAsync("restore", stage.First, "--target", stage["expected"]);
        stage.WriteVersion(2);
        await stage.KeepAsync();
        return stage;
    }

    /// <summary>Makes what is there now the beginning. Copies have other inodes, so an exchange under way cannot be one.</summary>
    public async Task KeepAsync()
    {
        await CopyAsync(Application, this["pristine-app"]);
        await CopyAsync(Repository, this["pristine-repository"]);
        await CopyAsync(Program.State, this["pristine-state"]);
    }

    public async Task ResetAsync()
    {
        await CopyAsync(this["pristine-app"], Application);
        await CopyAsync(this["pristine-repository"], Repository);
        await CopyAsync(this["pristine-state"], Program.State);
    }

    /// <summary>Runs the program in the application's folder and expects success.</summary>
    public async Task<ProgramResult> RunAsync(params string[] arguments) => (await TryRunAsync(arguments)).Expect(0);

    public Task<ProgramResult> TryRunAsync(params string[] arguments) => Program.TryRunInAsync(Application, arguments);

    /// <summary>The program with what it changes in all places that are anything to it, run in the application's folder.</summary>
    public TracedProgram Traced(params string[] more) => new(Program, [Repository, Application, Program.State, .. more]) { WorkingDirectory = Application };

    /// <summary>Copies a folder as it is over whatever is there.</summary>
    public static async Task CopyAsync(string from, string to)
    {
        await RemoveAsync(to);
        (await RunningProcess.RunAsync("cp", ["-a", from, to])).Expect(0);
    }

    public static async Task RemoveAsync(string path)
    {
        (await RunningProcess.RunAsync("chmod", ["-R", "u+rwX", path])).Expect(0, 1);
        (await RunningProcess.RunAsync("rm", ["-rf", path])).Expect(0);
    }

    /// <summary>The version of every database and file below a folder. The databases are looked at in a copy, so that what lies beside them stays.</summary>
    public async Task<IReadOnlyDictionary<string, int>> VersionsAsync(string application)
    {
        var copy = this["looked-at"];
        await CopyAsync(application, copy);
        var versions = DatabaseModes.ToDictionary(database => database.Name, database => VersionedDatabase.Version(Path.Combine(copy, database.Name)));
        versions["files/changed"] = Array.FindIndex([[], Changed(1), Changed(2)], content => content.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(copy, "files/changed"))));
        Assert.Equal("the same", await File.ReadAllTextAsync(Path.Combine(copy, "files/same"), TestContext.Current.CancellationToken));
        return versions;
    }

    /// <summary>Expects that all of a folder is of one version.</summary>
    public async Task ExpectVersionAsync(int version, string application) =>
        Assert.All(await VersionsAsync(application), entry => Assert.Equal(version, entry.Value));

    public void Dispose()
    {
        Program.Dispose();
        _repository?.Dispose();
        _temp.Dispose();
    }

    private void WriteVersion(int version)
    {
        foreach (var folder in new[] { "data", "files/sub" }) Directory.CreateDirectory(Path.Combine(Application, folder));
        foreach (var (name, mode) in DatabaseModes)
        {
            var path = Path.Combine(Application, name);
            if (version == 1) VersionedDatabase.Write(path, mode, version);
            else VersionedDatabase.WriteCrashed(path, mode, version);
        }

        File.WriteAllBytes(Path.Combine(Application, "files/changed"), Changed(version));
        File.WriteAllText(Path.Combine(Application, "files/same"), "the same");
        File.WriteAllText(Path.Combine(Application, $"files/sub/only-{version}"), "of one version");
        File.Delete(Path.Combine(Application, $"files/sub/only-{version - 1}"));
        File.Delete(Path.Combine(Application, "files/link"));
        File.CreateSymbolicLink(Path.Combine(Application, "files/link"), $"sub/only-{version}");
    }

    private void WriteManifest(string more) => File.WriteAllText(Path.Combine(Application, "holdfast.yaml"), $"""
        application: killed
        databases:
          log: {"{"} sqlite: data/log.db {"}"}
          journal: {"{"} sqlite: data/journal.db {"}"}
        files:
          all: [files]
        repositories:
          local: {"{"} path: "{Repository}" {"}"}
        {more}
        """);

    private static byte[] Changed(int version) => SyntheticTree.RandomBytes(version, 700_000);
}
