using System.Security.Cryptography;
using Holdfast.Engine.Archives.Packing;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Archives;

/// <summary>What every format must do: out of one repository and into another, nothing lost and nothing left behind.</summary>
public sealed class ArchiveRoundTripTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Formats => ["x.tar", "x.tar.gz", "x.tar.zst", "x.tar.zst.gpg", "x.db", "x.bak.gpg", "x.db.zst", "x.sql", "x.sql.gz", "x.sql.gz.gpg"];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task An_exported_archive_verifies_and_says_what_it_holds(string name)
    {
        RequireGpg(name);
        using var scene = await ArchiveScene.CreateAsync();

        var written = await scene.ExportAsync(name);

        await using (var archive = await scene.VerifyAsync(name))
        {
            Assert.Equal(written.Format, archive.Format);
            Assert.Equal(written.FileSha256, archive.FileSha256);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(written.File.ToString(), Token))), archive.FileSha256);
            var database = Assert.Single(archive.Databases);
            Assert.Equal(3, database.Tables["t"]);
            Assert.Equal(0, database.Tables["u"]);
            Assert.Equal(scene.Snapshot.Snapshot.Time.ToDateTimeOffset(), archive.Created, TimeSpan.FromSeconds(1));
        }

        Assert.True(scene.IsScratchEmpty);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task An_imported_archive_is_a_snapshot_like_any_other(string name)
    {
        RequireGpg(name);
        using var scene = await ArchiveScene.CreateAsync();
        using var other = await SampleRepository.CreateAsync();
        await scene.ExportAsync(name);

        var imported = await scene.ImportAsync(other.Repository, name, options => options with { Application = "shop" });

        Assert.Equal(["app=shop", "imported"], imported.Snapshot.Tags);
        Assert.Equal(scene.Snapshot.Snapshot.Time.UnixSeconds, imported.Snapshot.Time.UnixSeconds);
        var reader = new BlobReader(other.Repository, await other.Repository.LoadIndexAsync(Token));
        var record = await new SnapshotRecordReader(reader).ReadAsync(imported.Snapshot, Token);
        var database = Assert.Single(record!.Databases);
        Assert.Equal(scene.Root.Combine("data").Combine("shop.db").ToString(), database.Path);
        Assert.Equal(3, database.Tables["t"]);
        Assert.True(scene.IsScratchEmpty);
        if (ArchiveFormat.OfName(name).Kind == ArchiveKind.Tar) await AssertSameAsync(scene, imported, reader);
    }

    [Fact]
    public async Task The_same_archive_imported_again_is_the_snapshot_that_is_there()
    {
        using var scene = await ArchiveScene.CreateAsync();
        using var other = await SampleRepository.CreateAsync();
        await scene.ExportAsync("x.tar.zst");

        var first = await scene.ImportAsync(other.Repository, "x.tar.zst");
        var second = await scene.ImportAsync(other.Repository, "x.tar.zst");

        Assert.Equal(first.Id, second.Id);
        Assert.Single((await SnapshotFiles.LoadAllAsync(other.Repository, Token)).Readable);
    }

    [Fact]
    public async Task Paths_are_mapped_to_the_root_of_this_application()
    {
        using var scene = await ArchiveScene.CreateAsync();
        using var other = await SampleRepository.CreateAsync();
        await scene.ExportAsync("x.tar.gz");

        var imported = await scene.ImportAsync(other.Repository, "x.tar.gz", options => options with { Application = "shop", Root = FilePath.From("/srv/new") });

        Assert.Contains("/srv/new/data", imported.Snapshot.Paths);
        var reader = new BlobReader(other.Repository, await other.Repository.LoadIndexAsync(Token));
        var record = await new SnapshotRecordReader(reader).ReadAsync(imported.Snapshot, Token);
        Assert.Equal("/srv/new/data/shop.db", Assert.Single(record!.Databases).Path);
        Assert.Equal("/srv/new/holdfast.yaml", record.Manifest);
    }

    [Fact]
    public async Task An_archive_of_another_application_is_not_taken_unless_that_is_wanted()
    {
        using var scene = await ArchiveScene.CreateAsync();
        using var other = await SampleRepository.CreateAsync();
        await scene.ExportAsync("x.tar.gz");

        var error = await Assert.ThrowsAsync<HoldfastException>(() => scene.ImportAsync(other.Repository, "x.tar.gz", options => options with { Application = "nerve" }));
        var imported = await scene.ImportAsync(other.Repository, "x.tar.gz", options => options with { Application = "nerve", AnyApplication = true });

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("app=nerve", imported.Snapshot.Tags);
    }

    [Fact]
    public async Task The_sidecar_of_another_archive_is_never_replaced()
    {
        using var scene = await ArchiveScene.CreateAsync();
        await scene.ExportAsync("x.db.gpg");

        var refused = await Assert.ThrowsAsync<HoldfastException>(() => scene.ExportAsync("x.db", options => options with { Overwrite = true }));

        Assert.Equal(FailureKind.Usage, refused.Kind);
        Assert.Contains("\"x.db.gpg\"", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(scene.Scene.At("x.db").ToString()));
        await (await scene.VerifyAsync("x.db.gpg")).DisposeAsync();
        await scene.ExportAsync("x.db.gpg", options => options with { Overwrite = true });
        await (await scene.VerifyAsync("x.db.gpg")).DisposeAsync();
        await File.WriteAllTextAsync(scene.Scene.At("y.db.meta").ToString(), "mine", TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<HoldfastException>(() => scene.ExportAsync("y.db"));
    }

    [Fact]
    public async Task The_sidecar_of_another_archive_refuses_no_good_one()
    {
        using var scene = await ArchiveScene.CreateAsync();
        await scene.ExportAsync("x.sql", options => options with { WritesMeta = false });
        await scene.ExportAsync("other.db.gpg");
        File.Move(scene.Scene.At("other.db.meta").ToString(), scene.Scene.At("x.sql.meta").ToString());

        await using var verified = await scene.VerifyAsync("x.sql");

        Assert.Null(verified.Meta);
        Assert.Contains("\"other.db.gpg\"", Assert.Single(verified.Notices, notice => notice.Contains(".meta", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_single_database_goes_to_no_other_than_its_sidecar_names()
    {
        using var scene = await ArchiveScene.CreateAsync();
        using var other = await SampleRepository.CreateAsync();
        var saved = (await scene.ExportAsync("x.db")).Meta.DatabasePath!;
        DatabaseDeclaration[] declared = [new("a", "/srv/a.db", [], []), new("main", saved, [], [])];

        var refused = await Assert.ThrowsAsync<HoldfastException>(() => scene.ImportAsync(other.Repository, "x.db", options => options with { Databases = declared, Database = "a" }));

        Assert.Contains("is of the database \"main\"", refused.Message, StringComparison.Ordinal);
        await scene.ImportAsync(other.Repository, "x.db", options => options with { Databases = declared, Database = "main" });
    }

    [Fact]
    public async Task A_single_database_goes_where_the_manifest_has_it()
    {
        using var scene = await ArchiveScene.CreateAsync();
        using var other = await SampleRepository.CreateAsync();
        await scene.ExportAsync("x.db", options => options with { WritesMeta = false });
        DatabaseDeclaration[] declared = [new("a", "/srv/a.db", ["t"], []), new("b", "/srv/b.db", [], [])];

        var unsaid = await Assert.ThrowsAsync<HoldfastException>(() => scene.ImportAsync(other.Repository, "x.db", options => options with { Databases = declared }));
        var nowhere = await Assert.ThrowsAsync<HoldfastException>(() => scene.ImportAsync(other.Repository, "x.db"));
        var imported = await scene.ImportAsync(other.Repository, "x.db", options => options with { Databases = declared, Database = "b" });

        Assert.Contains("\"a\", \"b\"", unsaid.Hint, StringComparison.Ordinal);
        Assert.Equal(FailureKind.Usage, nowhere.Kind);
        Assert.Equal(["/srv/b.db"], imported.Snapshot.Paths);
    }

    [Fact]
    public async Task Names_that_no_terminal_likes_and_odd_times_and_modes_survive()
    {
        using var scene = await ArchiveScene.CreateAsync(made =>
        {
            made.Write("app/certs/new\nline", "1");
            made.Write("app/certs/back\\slash%41", "2");
            File.SetUnixFileMode(made.At("app/certs/key.pem").ToString(), UnixFileMode.UserRead);
            File.SetLastWriteTimeUtc(made.At("app/certs/empty").ToString(), new DateTime(1960, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        });
        using var other = await SampleRepository.CreateAsync();
        await scene.ExportAsync("x.tar.zst");

        var imported = await scene.ImportAsync(other.Repository, "x.tar.zst");

        await AssertSameAsync(scene, imported, new BlobReader(other.Repository, await other.Repository.LoadIndexAsync(Token)));
    }

    [Fact]
    public async Task A_file_that_is_there_is_not_overwritten_unless_that_is_wanted()
    {
        using var scene = await ArchiveScene.CreateAsync();
        scene.Scene.Write("x.db", "precious");

        var error = await Assert.ThrowsAsync<HoldfastException>(() => scene.ExportAsync("x.db"));
        Assert.Equal("precious", await File.ReadAllTextAsync(scene.Scene.At("x.db").ToString(), Token));
        await scene.ExportAsync("x.db", options => options with { Overwrite = true });

        Assert.Equal(FailureKind.Usage, error.Kind);
        await (await scene.VerifyAsync("x.db")).DisposeAsync();
    }

    [Fact]
    public async Task A_snapshot_with_lost_blobs_gives_no_archive()
    {
        using var scene = await ArchiveScene.CreateAsync();
        foreach (var pack in (await scene.Repository.ListAsync(global::Holdfast.Restic.Backends.FileType.Pack, Token)))
        {
            var content = new byte[pack.Size];
            await scene.Scene.Backend.ReadAsync(pack.Handle, 0, content, Token);
            content.AsSpan(0, content.Length / 2).Clear();
            await scene.Scene.Backend.WriteAsync(pack.Handle, content, Token);
        }

        var error = await Assert.ThrowsAsync<HoldfastException>(() => scene.ExportAsync("x.tar.gz"));

        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(scene.Scene.Temp.Path), path => path.Contains("x.tar", StringComparison.Ordinal) || path.Contains(AtomicFile.TemporaryPrefix, StringComparison.Ordinal));
        Assert.True(scene.IsScratchEmpty);
    }

    private static async Task AssertSameAsync(ArchiveScene scene, StoredSnapshot imported, BlobReader reader)
    {
        var original = new BlobReader(scene.Repository, await scene.Repository.LoadIndexAsync(Token));
        Assert.Equal(await DescribeAsync(original, scene.Snapshot, scene.Root), await DescribeAsync(reader, imported, scene.Root));
    }

    private static async Task<List<string>> DescribeAsync(BlobReader reader, StoredSnapshot stored, FilePath root)
    {
        var lines = new List<string>();
        await foreach (var entry in new SnapshotWalk(reader, PathSelection.Everything).EntriesAsync(stored.Snapshot.Tree, Token))
        {
            if (!entry.Path.IsUnder(root) || entry.Path == root || entry.Path.IsUnder(root.Combine(RecordPlace.FolderName))) continue;
            var node = entry.Node;
            var sum = new HashingStream(Stream.Null);
            foreach (var id in node.Content ?? []) sum.Write(await reader.ReadAsync(new(global::Holdfast.Restic.Format.BlobType.Data, id), Token));
            var target = node.LinkTarget is { } link ? Convert.ToHexString(link.Span) : string.Empty;
            var modified = node.ModifiedAt;
            lines.Add($"{entry.Path.Display} {node.Type} {node.Mode:x} {modified.UnixSeconds}.{modified.Nanoseconds} {node.Uid}:{node.Gid} {node.User} {node.Size} {target} {sum.Sha256()}");
        }

        return lines;
    }

    private static void RequireGpg(string name)
    {
        if (ArchiveFormat.OfName(name).Encrypted) RealComponent.Require("gpg");
    }
}
