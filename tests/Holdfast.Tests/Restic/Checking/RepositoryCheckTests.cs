using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Checking;

public sealed class RepositoryCheckTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Finds_nothing_in_a_sound_repository_and_counts_what_it_saw(int version)
    {
        using var sample = await SampleRepository.CreateAsync(version);
        var damage = await Layout.MakeAsync(sample);
        var steps = new List<string>();
        long read = 0;

        var result = await CheckAsync(sample, new CheckOptions { ReadData = true, StepBegins = (step, _) => steps.Add(step), BytesRead = bytes => Interlocked.Add(ref read, bytes) });

        Assert.Empty(result.Findings);
        Assert.False(result.HasErrors);
        Assert.Equal((2, 3, 4, 4), (result.Snapshots, result.IndexFiles, result.Packs, result.Trees));
        Assert.Equal(6, result.Blobs);
        Assert.True(result.BytesRead > 0);
        Assert.Equal(result.BytesRead, read);
        Assert.Contains("reading packs", steps);
        Assert.NotEqual(damage.Shared, damage.Own);
    }

    [Fact]
    public async Task Index_files_are_read_at_the_same_time()
    {
        using var sample = await SampleRepository.CreateAsync();
        await Layout.MakeAsync(sample);
        using var repository = await Repository.OpenAsync(new MeetingBackend(sample.Backend, 3), SampleRepository.Passphrase, Token);

        var result = await new RepositoryCheck(repository, new CheckOptions()).ExecuteAsync(Token).WaitAsync(Conditions.Deadline, Token);

        Assert.Empty(result.Findings);
        Assert.Equal(3, result.IndexFiles);
    }

    [Fact]
    public async Task Names_the_snapshots_and_paths_that_a_damaged_blob_hurts_when_data_are_read()
    {
        using var sample = await SampleRepository.CreateAsync();
        var layout = await Layout.MakeAsync(sample);
        var location = (await sample.Repository.LoadIndexAsync(Token)).Locate(new BlobHandle(BlobType.Data, layout.Shared))!.Value;
        await sample.FlipAsync(new FileHandle(FileType.Pack, location.Pack), (int)location.Blob.Offset + 20);

        Assert.Empty((await CheckAsync(sample)).Findings);
        var result = await CheckAsync(sample, ReadData);

        Assert.Equal(2, result.Findings.Count);
        var pack = result.Findings.Single(finding => finding.Subject.File is { Type: FileType.Pack } file && file.Id == location.Pack);
        Assert.Contains("does not match its name", pack.Message, StringComparison.Ordinal);
        var blob = result.Findings.Single(finding => finding.Subject.Blob == location.Blob.Handle);
        foreach (var finding in result.Findings)
        {
            Assert.Equal(CheckSeverity.Error, finding.Severity);
            Assert.Equal([layout.Second, layout.First], finding.Hurts.Select(harm => harm.Snapshot));
            Assert.Equal(["/sub/shared", "/sub/shared again"], finding.Hurts[0].Paths);
            Assert.Equal(["/sub/shared", "/sub/shared again"], finding.Hurts[1].Paths);
        }

        Assert.Contains(location.Pack.ToString(), blob.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_copy_beside_a_good_one_is_an_error_that_hurts_nobody()
    {
        using var sample = await SampleRepository.CreateAsync();
        var content = SyntheticTree.RandomBytes(1, 5000);
        Id[] ids = [];
        // Two writers at once, each with the index as it was before.
        foreach (var index in new[] { new BlobIndex(), new BlobIndex() })
        {
            await using var writer = new BlobWriter(sample.Repository, index, TimeProvider.System, Task.CompletedTask);
            ids = [(await writer.SaveAsync(BlobType.Data, content, Token)).Id];
            await writer.FlushAsync(Token);
        }

        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("f", 5000, ids)));
        var copies = (await sample.Repository.LoadIndexAsync(Token)).LocateAll(new BlobHandle(BlobType.Data, ids[0]));
        Assert.Equal(2, copies.Count);
        await sample.FlipAsync(new FileHandle(FileType.Pack, copies[0].Pack), 30);

        var result = await CheckAsync(sample, ReadData);

        Assert.All(result.Findings, finding => Assert.Equal((CheckSeverity.Error, 0), (finding.Severity, finding.Hurts.Count)));
        var blob = Assert.Single(result.Findings, finding => finding.Subject.Blob is not null);
        Assert.Contains(copies[1].Pack.ToString(), blob.Message, StringComparison.Ordinal);
        await sample.Backend.DeleteAsync(new FileHandle(FileType.Pack, copies[1].Pack), Token);
        Assert.All((await CheckAsync(sample, ReadData)).Findings, finding => Assert.Equal(["/f"], finding.Hurts.Single().Paths));
    }

    [Fact]
    public async Task Finds_missing_truncated_and_orphaned_packs_without_reading_them()
    {
        using var sample = await SampleRepository.CreateAsync();
        var layout = await Layout.MakeAsync(sample);
        var index = await sample.Repository.LoadIndexAsync(Token);
        var shared = new FileHandle(FileType.Pack, index.Locate(new BlobHandle(BlobType.Data, layout.Shared))!.Value.Pack);
        var own = new FileHandle(FileType.Pack, index.Locate(new BlobHandle(BlobType.Data, layout.Own))!.Value.Pack);
        await sample.Backend.DeleteAsync(shared, Token);
        await sample.TruncateAsync(own, 10);
        var orphan = new FileHandle(FileType.Pack, Id.Of([1]));
        await sample.Backend.WriteAsync(orphan, new byte[100], Token);

        var result = await CheckAsync(sample);

        Assert.Equal(3, result.Findings.Count);
        var missing = Find(result, shared);
        Assert.Contains("missing", missing.Message, StringComparison.Ordinal);
        Assert.Equal(2, missing.Hurts.Count);
        // The end of the pack is cut off, where only its header is: the blob is still good.
        Assert.Equal((CheckSeverity.Error, 0), (Find(result, own).Severity, Find(result, own).Hurts.Count));
        Assert.Equal(CheckSeverity.Hint, Find(result, orphan).Severity);
    }

    [Fact]
    public async Task A_damaged_tree_hurts_the_directory_and_everything_else_is_still_walked()
    {
        using var sample = await SampleRepository.CreateAsync();
        var layout = await Layout.MakeAsync(sample);
        var tree = (await sample.Repository.LoadIndexAsync(Token)).Locate(new BlobHandle(BlobType.Tree, layout.Subtree))!.Value;
        await sample.FlipAsync(new FileHandle(FileType.Pack, tree.Pack), (int)tree.Blob.Offset + 40);

        var finding = Assert.Single((await CheckAsync(sample)).Findings);

        Assert.Equal(tree.Blob.Handle, finding.Subject.Blob);
        Assert.Equal(["/sub"], finding.Hurts[0].Paths);
        Assert.Equal(2, finding.Hurts.Count);
        Assert.Equal(2, (await CheckAsync(sample, ReadData)).Findings.Count);
    }

    [Fact]
    public async Task Every_damaged_index_is_named_and_what_only_it_listed_is_still_found()
    {
        using var sample = await SampleRepository.CreateAsync();
        var layout = await Layout.MakeAsync(sample);
        var indexes = await sample.FilesAsync(FileType.Index);
        foreach (var index in indexes) await sample.FlipAsync(index, 50);

        var result = await CheckAsync(sample);

        var damaged = result.Findings.Where(finding => finding.Subject.File?.Type == FileType.Index).ToList();
        Assert.Equal(indexes.ToHashSet(), damaged.Select(finding => finding.Subject.File!.Value).ToHashSet());
        Assert.All(damaged, finding => Assert.Equal([layout.Second, layout.First], finding.Hurts.Select(harm => harm.Snapshot)));
        // All packs are needed and unlisted; no blob is called lost.
        Assert.Equal(4, result.Findings.Count(finding => finding is { Severity: CheckSeverity.Error, Subject.File.Type: FileType.Pack }));
        Assert.DoesNotContain(result.Findings, finding => finding.Subject.Blob is not null);
        Assert.Equal(4, result.Trees);
    }

    [Fact]
    public async Task A_blob_that_is_nowhere_is_named_once_with_all_it_hurts()
    {
        using var sample = await SampleRepository.CreateAsync();
        var nowhere = Id.Of("nowhere"u8);
        var files = Enumerable.Range(0, 8).Select(i => SampleRepository.File($"f{i}", 1, nowhere)).ToArray();
        var tree = await sample.SaveTreeAsync(files);
        for (var day = 1; day <= 12; day++) await sample.SaveSnapshotAsync(tree, day);

        var finding = Assert.Single((await CheckAsync(sample)).Findings);

        Assert.Equal(new BlobHandle(BlobType.Data, nowhere), finding.Subject.Blob);
        Assert.Equal((10, 2), (finding.Hurts.Count, finding.MoreSnapshots));
        Assert.Equal((5, 3L), (finding.Hurts[0].Paths.Count, finding.Hurts[0].MorePaths));
        Assert.Equal(Timestamp.Parse("2026-01-12T00:00:00Z"), finding.Hurts[0].Time);
    }

    [Fact]
    public async Task Faulty_entries_are_errors_with_their_path_and_odd_ones_hints()
    {
        using var sample = await SampleRepository.CreateAsync();
        var data = (await sample.SaveBlobsAsync(BlobType.Data, "abc"u8.ToArray()))[0];
        var nodes = new (string Name, string Fields)[]
        {
            ("null-content", "\"type\":\"file\",\"content\":null"),
            ("null-id", $"\"type\":\"file\",\"content\":[\"{default(Id)}\"]"),
            ("no-tree", "\"type\":\"dir\",\"content\":null"),
            ("odd-type", "\"type\":\"irregular\",\"content\":null"),
            ("../escape", "\"type\":\"fifo\",\"content\":null"),
            ("twice", "\"type\":\"fifo\",\"content\":null"),
            ("wrong\\\\nsize", $"\"type\":\"file\",\"size\":4,\"content\":[\"{data}\"]"),
            ("twice", "\"type\":\"fifo\",\"content\":null"),
        };
        const string times = "\"mtime\":\"2020-01-01T00:00:00Z\",\"atime\":\"2020-01-01T00:00:00Z\",\"ctime\":\"2020-01-01T00:00:00Z\",\"uid\":0,\"gid\":0";
        var json = string.Join(',', nodes.Select(node => $$"""{"name":"{{node.Name}}",{{times}},{{node.Fields}}}"""));
        var inner = await sample.SaveRawTreeAsync($"{{\"nodes\":[{json}]}}\n");
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.Directory("top", inner)));

        var result = await CheckAsync(sample);

        string[] wrong = ["/top/../escape", "/top/no-tree", "/top/null-content", "/top/null-id", "/top/odd-type", "/top/twice"];
        var errors = result.Findings.Where(finding => finding.Severity == CheckSeverity.Error).ToList();
        Assert.Equal(wrong, errors.Select(finding => finding.Hurts.Single().Paths.Single()).Order(StringComparer.Ordinal));
        Assert.All(result.Findings, finding => Assert.Equal(new BlobHandle(BlobType.Tree, inner), finding.Subject.Blob));
        var hints = result.Findings.Where(finding => finding.Severity == CheckSeverity.Hint).Select(finding => finding.Message).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(2, hints.Count);
        Assert.Contains("order", hints[0], StringComparison.Ordinal);
        Assert.Contains("wrong\\nsize", hints[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("b", "a", "a")]
    [InlineData("a", "a", "a")]
    public async Task A_name_that_is_there_several_times_is_one_error(params string[] names)
    {
        using var sample = await SampleRepository.CreateAsync();
        const string times = "\"mtime\":\"2020-01-01T00:00:00Z\",\"atime\":\"2020-01-01T00:00:00Z\",\"ctime\":\"2020-01-01T00:00:00Z\"";
        var nodes = names.Select(name => $$"""{"name":"{{name}}",{{times}},"uid":0,"gid":0,"type":"fifo","content":null}""");
        await sample.SaveSnapshotAsync(await sample.SaveRawTreeAsync($"{{\"nodes\":[{string.Join(',', nodes)}]}}\n"));

        var errors = (await CheckAsync(sample)).Findings.Where(finding => finding.Severity == CheckSeverity.Error);

        Assert.Equal("/a", Assert.Single(Assert.Single(errors).Hurts).Paths.Single());
    }

    [Fact]
    public async Task Damaged_snapshots_keys_and_locks_are_named()
    {
        using var sample = await SampleRepository.CreateAsync();
        var layout = await Layout.MakeAsync(sample);
        var snapshot = new FileHandle(FileType.Snapshot, layout.First);
        await sample.FlipAsync(snapshot, 3);
        var key = (await sample.FilesAsync(FileType.Key))[0];
        await sample.FlipAsync(key, 15);
        var lockFile = new FileHandle(FileType.Lock, Id.Of([9]));
        await sample.Backend.WriteAsync(lockFile, new byte[50], Token);
        await sample.Backend.WriteAsync(new FileHandle(FileType.Lock, Id.Of([8])), ReadOnlyMemory<byte>.Empty, Token);
        await sample.FlipAsync(FileHandle.Config, 20);

        var result = await CheckAsync(sample);

        Assert.Equal(4, result.Findings.Count);
        Assert.Equal(layout.First, Find(result, snapshot).Hurts.Single().Snapshot);
        Assert.Equal(CheckSeverity.Error, Find(result, key).Severity);
        Assert.Equal(CheckSeverity.Error, Find(result, FileHandle.Config).Severity);
        Assert.Equal(CheckSeverity.Hint, Find(result, lockFile).Severity);
    }

    [Fact]
    public async Task Packs_listed_twice_are_a_hint_when_the_lists_agree_and_an_error_when_not()
    {
        using var sample = await SampleRepository.CreateAsync();
        await sample.SaveBlobsAsync(BlobType.Data, "one"u8.ToArray(), "two"u8.ToArray());
        var index = (await sample.FilesAsync(FileType.Index))[0];
        var packs = await sample.Repository.LoadIndexFileAsync(index, Token);
        await SaveIndexAsync(sample, packs[0]);

        Assert.Equal(CheckSeverity.Hint, Assert.Single((await CheckAsync(sample)).Findings).Severity);

        await SaveIndexAsync(sample, packs[0] with { Blobs = [packs[0].Blobs[0]] });
        var result = await CheckAsync(sample);
        var error = Assert.Single(result.Findings, finding => finding.Severity == CheckSeverity.Error);
        Assert.Contains("different contents", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_flipped_byte_of_packs_indexes_snapshots_and_keys_is_found()
    {
        using var sample = await SampleRepository.CreateAsync();
        await Layout.MakeAsync(sample);
        foreach (var type in new[] { FileType.Pack, FileType.Index, FileType.Snapshot, FileType.Key, FileType.Config })
        {
            foreach (var handle in await sample.FilesAsync(type))
            {
                var size = (int)(await sample.Backend.StatAsync(handle, Token))!.Value;
                for (var offset = 0; offset < size; offset += size > 1000 ? 97 : 13)
                {
                    await sample.FlipAsync(handle, offset);
                    var result = await CheckAsync(sample, ReadData);
                    Assert.True(result.Findings.Any(finding => finding.Severity == CheckSeverity.Error && finding.Subject.File == handle), $"{handle} at {offset}");
                    await sample.FlipAsync(handle, offset);
                }
            }
        }
    }

    private static CheckOptions ReadData { get; } = new() { ReadData = true };

    private static Task<CheckResult> CheckAsync(SampleRepository sample, CheckOptions? options = null) =>
        new RepositoryCheck(sample.Repository, options ?? new CheckOptions()).ExecuteAsync(Token);

    private static CheckFinding Find(CheckResult result, FileHandle file) => result.Findings.Single(finding => finding.Subject.File == file);

    private static Task SaveIndexAsync(SampleRepository sample, params IndexedPack[] packs) =>
        sample.Repository.SaveDocumentAsync(FileType.Index, IndexDocument.Serialize(packs), Token);

    /// <summary>Two snapshots that share a folder: /sub/shared, /sub/shared again, /empty in both; /own in the second only.</summary>
    private sealed record Layout(Id First, Id Second, Id Subtree, Id Shared, Id Own)
    {
        public static async Task<Layout> MakeAsync(SampleRepository sample)
        {
            var shared = (await sample.SaveBlobsAsync(BlobType.Data, SyntheticTree.RandomBytes(1, 3000)))[0];
            Id first, sub, root, second;
            await using (var writer = new BlobWriter(sample.Repository, await sample.Repository.LoadIndexAsync(Token), TimeProvider.System, Task.CompletedTask))
            {
                var empty = await SaveAsync(writer);
                sub = await SaveAsync(writer, SampleRepository.File("shared", 3000, shared), SampleRepository.File("shared again", 6000, shared, shared));
                root = await SaveAsync(writer, SampleRepository.Directory("empty", empty), SampleRepository.Directory("sub", sub));
                await writer.FlushAsync(Token);
                first = await sample.SaveSnapshotAsync(root, 1);
            }

            await using (var writer = new BlobWriter(sample.Repository, await sample.Repository.LoadIndexAsync(Token), TimeProvider.System, Task.CompletedTask))
            {
                var own = (await writer.SaveAsync(BlobType.Data, SyntheticTree.RandomBytes(2, 4000), Token)).Id;
                var empty = await SaveAsync(writer);
                root = await SaveAsync(
                    writer, SampleRepository.Directory("empty", empty), SampleRepository.File("own", 4000, own), SampleRepository.Directory("sub", sub));
                await writer.FlushAsync(Token);
                second = await sample.SaveSnapshotAsync(root, 2);
                return new Layout(first, second, sub, shared, own);
            }
        }

        private static async Task<Id> SaveAsync(BlobWriter writer, params Holdfast.Restic.Trees.Node[] nodes) =>
            (await writer.SaveAsync(BlobType.Tree, Holdfast.Restic.Trees.TreeSerializer.Serialize(nodes), Token)).Id;
    }

    /// <summary>Answers who reads index files only when as many ask.</summary>
    private sealed class MeetingBackend(IBackend inner, int readers) : LayeredBackend(inner)
    {
        private readonly TaskCompletionSource _all = new();
        private int _waiting;

        public override int Connections => readers;

        public override async Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken)
        {
            if (handle.Type != FileType.Index) return await Inner.ReadAllAsync(handle, cancellationToken);
            if (Interlocked.Increment(ref _waiting) == readers) _all.SetResult();
            await _all.Task.WaitAsync(cancellationToken);
            return await Inner.ReadAllAsync(handle, cancellationToken);
        }
    }
}
