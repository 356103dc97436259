using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Repositories;
using Xunit;

namespace Holdfast.Tests.Engine.Jobs;

/// <summary>What the journal keeps of a job, so that it can be run again.</summary>
public sealed class JobRequestTests
{
    private static readonly FilePath Folder = FilePath.From("/srv/shop");

    public static TheoryData<JobRequest> Requests => new((JobRequest[])
    [
        new BackupRequest(["a", "b c"], ["*.tmp"], ["nightly"], "x.db") { Folder = Folder, Force = true, Drill = BackupDrillMode.Always, Database = "main", Overwrite = true, WaitSeconds = 1.5 },
        new BackupRequest(["./-x"], [], [], null) { Folder = Folder, Drill = BackupDrillMode.Never },
        new DrillRequest("12ab", Boot: true) { Folder = Folder, Repository = RepositoryAddress.Of(FilePath.From("/backups")), Scratch = "a b", NoLock = true },
        new CheckRequest(ReadData: true) { Folder = Folder, Manifest = FilePath.From([0x2F, 0xFF, 0x61]) },
        new CheckRequest(ReadData: false) { Folder = Folder, Subset = "1/7" },
        new CheckRequest(ReadData: false) { Folder = Folder, Within = "30d" },
        new ExportRequest("12ab", "x.tar.gz", "main", Overwrite: true) { Folder = Folder, NoLock = true },
        new ImportRequest(FilePath.From("/x.db"), "main", TrustLinks: true, AnyApplication: true) { Folder = Folder, TrustPaths = true },
        new VerifyRequest(FilePath.From("/x.db"), TrustLinks: true) { Folder = Folder },
        new PruneRequest("5%", "1G") { Folder = Folder, OnlyTrees = true, JoinSmall = true, Compress = true, NoSnapshots = true, RemovesProven = true },
        new RepairRequest("index", []) { Folder = Folder, ReadAllPacks = true },
        new RepairRequest("packs", ["12ab"]) { Folder = Folder },
        new RepairRequest("snapshots", ["12ab"]) { Folder = Folder, Forget = true },
        new CopyRequest(["12ab"], RepositoryAddress.Of(FilePath.From("/copies")))
        {
            Folder = Folder,
            PassphraseFile = "key",
            Before = "2026-01-05",
            Proven = true,
            Application = "shop",
            Hosts = ["web"],
            Tags = ["nightly"],
            Paths = ["/srv"],
            NoLock = true,
        },
        new DatabaseRestoreRequest("12ab34cd", null, "main")
        {
            Folder = Folder,
            Server = "host=/run dbname=x",
            As = "copy",
            Schemas = ["s"],
            Tables = ["t"],
            Owner = "anna",
            NoPrivileges = true,
            EndConnections = true,
            DropOld = true,
        },
        new DatabaseRestoreRequest(null, "/dumps/x.dump", null) { Folder = Folder },
    ]);

    [Theory]
    [MemberData(nameof(Requests))]
    public void It_comes_back_from_the_journal_as_it_was(JobRequest request)
    {
        using var scene = new Operations.JournalScene();
        var json = request.Serialize();
        var read = JobRequest.Of(Remembered(scene, OperationKind.Backup, json));
        Assert.Equal(request.GetType(), read!.GetType());
        Assert.Equal(json, read.Serialize());
        Assert.Equal((request.Folder, request.Manifest, request.Repository), (read.Folder, read.Manifest, read.Repository));
    }

    [Theory]
    [InlineData(OperationKind.Check, null)]
    [InlineData(OperationKind.Check, "{}")]
    [InlineData(OperationKind.Check, "{\"job\":\"of the future\",\"folder\":\"/\"}")]
    [InlineData(OperationKind.Check, "no JSON")]
    [InlineData(OperationKind.Backup, "{\"job\":\"backup\",\"folder\":\"/\",\"paths\":[],\"tags\":[]}")]
    [InlineData(OperationKind.Backup, "{\"job\":\"backup\",\"folder\":\"/\",\"paths\":null,\"exclude\":[],\"tags\":[]}")]
    [InlineData(OperationKind.Drill, "{\"job\":\"drill\",\"folder\":\"/\",\"boot\":true}")]
    [InlineData(OperationKind.Import, "{\"job\":\"import\",\"folder\":\"/\"}")]
    [InlineData(OperationKind.Restore, "{\"job\":\"check\",\"folder\":\"/\",\"read_data\":true}")]
    public void What_is_none_is_none_and_no_failure(string kind, string? json)
    {
        using var scene = new Operations.JournalScene();
        Assert.Null(JobRequest.Of(Remembered(scene, kind, json)));
    }

    private static Operation Remembered(Operations.JournalScene scene, string kind, string? json) =>
        scene.Journal.Get(scene.Journal.Begin(scene.Application, new OperationRequest(kind, "title", json, "anna", "test 1"), scene.Clock.GetLocalNow()));
}
