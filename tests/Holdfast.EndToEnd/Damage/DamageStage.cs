using System.Security.Cryptography;
using System.Text;
using Holdfast.EndToEnd.Restic;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Targets;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Damage;

/// <summary>
/// A whole small repository of three snapshots, made by Holdfast or by restic, that can be damaged in memory. The snapshots share files and folders;
/// the second adds folders but no content, so that each file of the repository matters in its own way.
/// </summary>
internal sealed class DamageStage : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly List<StoredSnapshot> _snapshots = [];
    private readonly Dictionary<string, string> _expected = new(StringComparer.Ordinal);
    private Repository? _repository;

    private DamageStage()
    {
    }

    public string Path => _temp["repository"];

    public DamagedBackend Backend { get; private set; } = null!;

    public HarmOracle Oracle { get; private set; } = null!;

    public Repository Repository => _repository!;

    public IReadOnlyList<FileHandle> Files => [.. Backend.Files.Keys.OrderBy(file => file.Type).ThenBy(file => file.Id)];

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<DamageStage> CreateAsync(string maker)
    {
        var stage = new DamageStage();
        var restic = ResticProgram.On(stage.Path, OwnRepository.Passphrase);
        if (maker == "restic") await restic.RunAsync("init");
        using var own = maker == "restic" ? await OwnRepository.OpenAsync(stage.Path) : await OwnRepository.CreateAsync(stage.Path);
        for (var version = 1; version <= 3; version++)
        {
            stage.WriteVersion(version);
            if (maker == "restic") await restic.RunAsync("backup", stage._temp["app"]);
            else await own.BackUpAsync(stage._temp["app"]);
        }

        await stage.LoadAsync();
        return stage;
    }

    /// <summary>A second opened repository on the same files, to damage them beside this one.</summary>
    public async Task<(DamagedBackend Backend, Repository Repository)> OpenAgainAsync()
    {
        var backend = new DamagedBackend(Backend.Files);
        return (backend, await OpenAsync(backend));
    }

    public static Task<Repository> OpenAsync(DamagedBackend backend) => Repository.OpenAsync(backend, Encoding.UTF8.GetBytes(OwnRepository.Passphrase), Token);

    /// <summary>What the oracle says about the loss of a snapshot.</summary>
    public static string AllOf(FileHandle snapshot) => $"{snapshot.Id} /";

    public static async Task<IReadOnlyList<CheckFinding>> CheckAsync(Repository repository) =>
        [.. (await new RepositoryCheck(repository, new CheckOptions { ReadData = true, Workers = 1 }).ExecuteAsync(Token)).Findings.Where(finding => finding.Severity == CheckSeverity.Error)];

    /// <summary>
    /// Restores the last snapshot to a fresh folder. Whatever has its name there is as it was saved; when the restore says that it is complete, all is there.
    /// </summary>
    /// <returns>Whether the restore said so.</returns>
    public async Task<bool> RestoreAsync(Repository repository)
    {
        using var target = new TempDirectory();
        var options = new RestoreOptions { Snapshot = _snapshots[^1], Target = FilePath.From(target["to"]), Identity = OwnRepository.Identity, Lock = false };
        var isComplete = false;
        try
        {
            isComplete = !(await new RestoreRun(repository, options, TimeProvider.System, new OperationProgress()).ExecuteAsync(Token)).IsPartial;
        }
        catch (HoldfastException failure) when (failure.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            Assert.NotEmpty(failure.Message);
        }

        ExpectOnlyTrue(target["to"], isComplete);
        return isComplete;
    }

    /// <summary>Expects that a folder holds nothing but files as the last snapshot has them, and all of them when it is complete.</summary>
    public void ExpectOnlyTrue(string target, bool isComplete)
    {
        var found = Contents(target);
        foreach (var (name, content) in found) Assert.Equal(_expected.GetValueOrDefault(name), content);
        if (isComplete) Assert.Equal(_expected.Count, found.Count);
    }

    public void Dispose()
    {
        _repository?.Dispose();
        _temp.Dispose();
    }

    private async Task LoadAsync()
    {
        Backend = new DamagedBackend(await DamagedBackend.LoadAsync(Path, Token));
        _repository = await OpenAsync(Backend);
        Oracle = await HarmOracle.AskAsync(Repository, Token);
        _snapshots.AddRange((await SnapshotFiles.LoadAllAsync(Repository, Token)).Readable);
        Assert.Equal(3, _snapshots.Count);
        Assert.Empty(await CheckAsync(Repository));
        await ResticProgram.On(Path, OwnRepository.Passphrase).RunAsync("restore", _snapshots[^1].Id.ToString(), "--target", _temp["expected"]);
        foreach (var (name, content) in Contents(_temp["expected"])) _expected.Add(name, content);
        Assert.True(await RestoreAsync(Repository));
    }

    private void WriteVersion(int version)
    {
        var tree = new SyntheticTree(_temp["app"]);
        if (version == 1)
        {
            tree.Directory("").File("first", SyntheticTree.RandomBytes(1, 900)).File("copy", SyntheticTree.RandomBytes(1, 900)).File("empty", []);
            tree.Directory("sub").Directory("sub/leaf").File("sub/leaf/old-name", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("text ", 200))));
        }

        if (version == 2) File.Move(_temp["app", "sub", "leaf", "old-name"], _temp["app", "sub", "leaf", "new-name"]);
        if (version == 3) tree.File("third", SyntheticTree.RandomBytes(3, 700));
    }

    private static Dictionary<string, string> Contents(string folder) => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = default })
            .ToDictionary(path => System.IO.Path.GetRelativePath(folder, path), path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))), StringComparer.Ordinal);
}
