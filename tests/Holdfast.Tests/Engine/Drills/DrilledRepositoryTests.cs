using Holdfast.Engine.Drills;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Tests.Engine.Restores;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

/// <summary>What is wrong with a snapshot or its repository.</summary>
public sealed class DrilledRepositoryTests : DrillTests
{
    [Fact]
    public async Task A_snapshot_from_which_files_are_missing_proves_nothing()
    {
        await Scene.BackupAsync();
        await RewriteRecordAsync(json => json.Replace(
            "\"problems\": []", "\"problems\": [\"one\", \"two\\u001b\", \"3\", \"4\", \"5\", \"6\"]", StringComparison.Ordinal));

        var result = await AssertFailsAsync("snapshot", "one; two\\u{1b}; 3; 4; 5; and 1 more");

        Assert.Equal(["snapshot"], result.Checks.Where(check => !check.Passed).Select(check => check.Name));
    }

    [Fact]
    public async Task A_database_that_is_damaged_in_the_repository_proves_nothing()
    {
        Scene.Execute("vacuum");
        await Scene.BackupAsync();
        var content = (await File.ReadAllBytesAsync(Scene.Database, Token)).AsSpan(0, (int)Math.Min(16384, new FileInfo(Scene.Database).Length)).ToArray();
        await Scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of(content)));
        await AssertFailsAsync("restore", "main.db");
    }

    [Fact]
    public async Task A_damaged_blob_proves_nothing_and_everything_hurt_is_named()
    {
        await Scene.BackupAsync();
        await Scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of("hello"u8)));
        var result = await AssertFailsAsync("restore", "config");
        Assert.Contains(result.Checks, check => check is { Name: "content", Passed: false });
    }

    [Fact]
    public async Task A_hostile_snapshot_proves_nothing()
    {
        await Scene.SaveSnapshotAsync(writer => Scene.SaveTreeAsync(writer, Scene.FileNode("..", 0)), "/");
        await AssertFailsAsync("restore", "would lead elsewhere");
    }

    [Fact]
    public async Task A_damaged_index_proves_nothing_and_replaces_an_older_proof()
    {
        await Scene.BackupAsync();
        Assert.True((await DrillAsync()).Proven);
        foreach (var index in await IndexesAsync()) await Scene.Backend.WriteAsync(index, "nonsense"u8.ToArray(), Token);

        await AssertFailsAsync("restore", "index");
    }

    [Theory]
    [InlineData(FileType.Snapshot, "does not match its name")]
    [InlineData(FileType.Index, "does not match its name")]
    [InlineData(FileType.Pack, "is damaged")]
    public async Task Copies_near_by_prove_nothing_of_a_storage_that_is_damaged(FileType type, string detail)
    {
        await Scene.BackupAsync();
        var damaged = (await Scene.LatestAsync()).Snapshot.Tree;
        using var repository = await Repository.OpenAsync(new CachingBackend(Scene.Backend, new MemoryBackend(), Assert.Fail), "secret"u8.ToArray(), Token);
        Drilled = repository;
        Assert.True((await DrillAsync()).Proven);
        var snapshot = await Scene.LatestAsync();
        if (type == FileType.Pack)
        {
            await Scene.DamageAsync(new BlobHandle(BlobType.Tree, damaged));
        }
        else
        {
            foreach (var file in await Scene.Repository.ListAsync(type, Token)) await Scene.Backend.WriteAsync(file.Handle, new byte[40], Token);
        }

        // Whoever asks still has it from near.
        Assert.Single((await SnapshotFiles.LoadAllAsync(repository, Token)).Readable);
        var result = await Run(snapshot).ExecuteAsync(Token);

        Assert.False(result.Proven);
        Assert.Contains(detail, string.Join('\n', result.Checks.Where(check => !check.Passed).Select(check => check.Detail)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_of_a_newer_format_is_done_without_and_proves_nothing()
    {
        await Scene.BackupAsync();
        await RewriteRecordAsync(json => json
            .Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal)
            .Replace("\"problems\": []", "\"problems\": {}", StringComparison.Ordinal));

        var restored = await Scene.RestoreAsync();
        var result = await AssertFailsAsync("snapshot", "format 2");

        Assert.Empty(restored.Problems);
        Assert.Contains("recognised by their header", Assert.Single(restored.Notices), StringComparison.Ordinal);
        Assert.Equal((1, 1), (restored.Databases, result.Databases));
        Assert.Contains(result.Checks, check => check is { Name: "integrity_check", Passed: true });
    }
}
