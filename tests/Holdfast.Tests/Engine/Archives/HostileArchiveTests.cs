using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Engine.Archives;
using Holdfast.Engine.Archives.Importing;
using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Archives;

/// <summary>Archives that are broken or made to do harm: refused before anything of them is used.</summary>
public sealed class HostileArchiveTests : IAsyncLifetime
{
    private ArchiveScene _scene = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _scene = await ArchiveScene.CreateAsync();

    public ValueTask DisposeAsync()
    {
        _scene.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("x.tar")]
    [InlineData("x.tar.gz")]
    [InlineData("x.tar.zst.gpg")]
    [InlineData("x.db.gpg")]
    [InlineData("x.db")]
    [InlineData("x.sql.gz")]
    [InlineData("x.sql")]
    public async Task Every_truncation_is_refused(string name)
    {
        if (name.EndsWith(".gpg", StringComparison.Ordinal)) RealComponent.Require("gpg");
        await _scene.ExportAsync(name, options => options with { WritesMeta = false });
        var whole = await File.ReadAllBytesAsync(At(name), Token);
        foreach (var length in new[] { 0, 1, 300, 600, whole.Length / 2, whole.Length - 1500, whole.Length - 8, whole.Length - 1 }.Where(length => length >= 0 && length < whole.Length))
        {
            // A tar ends with blocks of zeros, and SQL with a line feed, of which the last may be missing.
            await File.WriteAllBytesAsync(At(name), whole.AsMemory(0, length), Token);
            if (name == "x.sql" && length == whole.Length - 1) continue;
            await RefusedAsync(name);
        }
    }

    [Theory]
    [InlineData("x.tar")]
    [InlineData("x.tar.gz")]
    [InlineData("x.tar.zst")]
    [InlineData("x.tar.zst.gpg")]
    public async Task A_flipped_bit_anywhere_is_refused(string name)
    {
        if (name.EndsWith(".gpg", StringComparison.Ordinal)) RealComponent.Require("gpg");
        await _scene.ExportAsync(name, options => options with { WritesMeta = false });
        var whole = await File.ReadAllBytesAsync(At(name), Token);
        foreach (var at in new[] { 0.1, 0.35, 0.5, 0.9 }.Select(share => (int)(whole.Length * share)))
        {
            var flipped = (byte[])whole.Clone();
            flipped[at] ^= 0x10;
            await File.WriteAllBytesAsync(At(name), flipped, Token);
            await RefusedAsync(name);
        }
    }

    [Fact]
    public async Task A_wrong_passphrase_is_told_as_such()
    {
        RealComponent.Require("gpg");
        await _scene.ExportAsync("x.db.gpg");
        using var wrong = new Passphrase("wrong"u8);

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.VerifyAsync("x.db.gpg", wrong));

        Assert.Equal(FailureKind.WrongKey, error.Kind);
        Assert.True(_scene.IsScratchEmpty);
    }

    [Fact]
    public async Task A_sidecar_of_another_archive_is_told()
    {
        await _scene.ExportAsync("x.db");
        await File.WriteAllTextAsync(At("x.db.meta"), (await File.ReadAllTextAsync(At("x.db.meta"), Token)).Replace("\"checksum_sha256\": \"", "\"checksum_sha256\": \"0", StringComparison.Ordinal), Token);

        Assert.Contains(".meta", (await RefusedAsync("x.db")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_database_is_refused()
    {
        await _scene.ExportAsync("x.db", options => options with { WritesMeta = false });
        var content = await File.ReadAllBytesAsync(At("x.db"), Token);
        content.AsSpan(4096, 64).Fill(0xff);
        await File.WriteAllBytesAsync(At("x.db"), content, Token);

        await RefusedAsync("x.db");
    }

    [Theory]
    [InlineData("-wal")]
    [InlineData("-journal")]
    public async Task A_database_whose_last_writes_lie_beside_it_is_refused(string suffix)
    {
        await _scene.ExportAsync("x.db", options => options with { WritesMeta = false });
        await File.WriteAllTextAsync(At("x.db") + suffix, string.Empty, Token);
        await (await _scene.VerifyAsync("x.db")).DisposeAsync();
        await File.WriteAllTextAsync(At("x.db") + suffix, "what was written last", Token);

        var refused = await Assert.ThrowsAsync<HoldfastException>(() => _scene.VerifyAsync("x.db"));

        Assert.Contains("x.db" + suffix, refused.Message, StringComparison.Ordinal);
        Assert.Contains(".backup", refused.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_appended_is_refused()
    {
        await _scene.ExportAsync("x.tar", options => options with { WritesMeta = false });
        await File.AppendAllTextAsync(At("x.tar"), "more", Token);

        await RefusedAsync("x.tar");
    }

    [Fact]
    public async Task A_tar_of_somebody_else_is_refused_with_what_to_do()
    {
        var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "etc/passwd") { DataStream = new MemoryStream("root"u8.ToArray()) }, Token);
        await File.WriteAllBytesAsync(At("x.tar"), tar.ToArray(), Token);

        Assert.Contains("holdfast backup", (await RefusedAsync("x.tar")).Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("path", "../../etc/cron.d/evil")]
    [InlineData("path", "/etc/cron.d/evil")]
    [InlineData("path", "files/certs/large")]
    [InlineData("path", "files/a\u001b[2J")]
    [InlineData("original", "relative")]
    [InlineData("original", "/srv/../etc/shadow")]
    [InlineData("type", "device")]
    [InlineData("mode", "99")]
    [InlineData("modified", "yesterday")]
    public async Task A_list_with_an_evil_entry_is_refused(string field, string value)
    {
        await RewriteAsync((list, _) => Entry(list, "files/certs/key.pem")[field] = value);

        await RefusedAsync("x.tar");
    }

    [Fact]
    public async Task A_file_below_a_link_is_refused()
    {
        var link = _scene.Root.Combine("certs").Combine("current");
        await RewriteAsync((list, _) => Entry(list, "files/certs/key.pem")["original"] = link.Combine("x").ToString());

        Assert.Contains("no folder", (await RefusedAsync("x.tar")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../../../../../../../etc/passwd")]
    [InlineData("sub/../../../../../../../etc")]
    public async Task A_link_that_leads_out_is_refused_unless_it_is_trusted(string target)
    {
        await RewriteAsync(
            (list, _) => Entry(list, "files/certs/current")["target"] = target,
            entry =>
            {
                if (entry.EntryType == TarEntryType.SymbolicLink) entry.LinkName = target;
            });

        Assert.Contains("leads out", (await RefusedAsync("x.tar")).Message, StringComparison.Ordinal);
        await (await _scene.VerifyAsync("x.tar", trustLinks: true)).DisposeAsync();
    }

    [Fact]
    public async Task A_file_outside_of_the_application_is_refused_unless_it_is_trusted()
    {
        await RewriteAsync((list, _) => Entry(list, "files/certs/key.pem")["original"] = "/etc/cron.d/evil");
        using var repository = await SampleRepository.CreateAsync();
        Func<ArchiveImportOptions, ArchiveImportOptions> here = options => options with { Root = _scene.Root };

        var refused = await Assert.ThrowsAsync<HoldfastException>(() => _scene.ImportAsync(repository.Repository, "x.tar", here));
        Assert.Equal(FailureKind.Damaged, refused.Kind);
        Assert.Contains("/etc/cron.d/evil", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--trust-paths", refused.Hint, StringComparison.Ordinal);
        Assert.Empty(await repository.FilesAsync(global::Holdfast.Restic.Backends.FileType.Pack));
        await _scene.ImportAsync(repository.Repository, "x.tar", options => here(options) with { TrustPaths = true });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_taken_in_to_run_as_its_owner_unless_it_is_trusted(bool trusts)
    {
        await RewriteAsync((list, _) => Entry(list, "files/certs/key.pem")["mode"] = "6755");
        using var repository = await SampleRepository.CreateAsync();

        var imported = await _scene.ImportAsync(repository.Repository, "x.tar", options => options with { TrustPaths = trusts });

        var reader = new BlobReader(repository.Repository, await repository.Repository.LoadIndexAsync(Token));
        var modes = new List<uint>();
        await foreach (var entry in new SnapshotWalk(reader, PathSelection.Everything).EntriesAsync(imported.Snapshot.Tree, Token))
            if (entry.Path.Display.EndsWith("key.pem", StringComparison.Ordinal)) modes.Add(NodeMode.PermissionsOf(entry.Node.Mode));
        Assert.Equal(trusts ? Convert.ToUInt32("6755", 8) : Convert.ToUInt32("755", 8), Assert.Single(modes));
    }

    [Fact]
    public async Task More_than_the_list_announces_is_refused()
    {
        await RewriteAsync((list, _) => Entry(list, "files/certs/large")["size"] = 5);

        await RefusedAsync("x.tar");
    }

    [Fact]
    public async Task An_archive_that_announces_more_than_there_is_room_for_is_refused_at_once()
    {
        await RewriteAsync((list, _) => Entry(list, "files/certs/large")["size"] = 1L << 60);

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.VerifyAsync("x.tar"));

        Assert.Equal(FailureKind.NoSpace, error.Kind);
        Assert.True(_scene.IsScratchEmpty);
    }

    [Theory]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.Fifo)]
    public async Task Hard_links_devices_and_pipes_are_refused(TarEntryType type)
    {
        await RewriteAsync((_, _) => { }, replace: entry =>
        {
            if (entry.Name != "files/certs/key.pem") return entry;
            var evil = new PaxTarEntry(type, entry.Name);
            if (type == TarEntryType.HardLink) evil.LinkName = "/etc/shadow";
            return evil;
        });

        await RefusedAsync("x.tar");
    }

    [Fact]
    public async Task An_extension_header_of_gigabytes_is_refused_without_taking_the_memory()
    {
        var block = new byte[512];
        "x"u8.CopyTo(block);
        Encoding.ASCII.GetBytes("77777777777\0").CopyTo(block, 124);
        block[156] = (byte)'x';
        "ustar\0"u8.CopyTo(block.AsSpan(257));
        Encoding.ASCII.GetBytes("        ").CopyTo(block, 148);
        Encoding.ASCII.GetBytes(Convert.ToString(block.Sum(value => value), 8).PadLeft(6, '0') + "\0 ").CopyTo(block, 148);
        await File.WriteAllBytesAsync(At("x.tar"), block, Token);

        Assert.Contains("impossibly large", (await RefusedAsync("x.tar")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gzip_bomb_of_a_database_ends_where_the_room_does()
    {
        using var small = await SmallFileSystem.MountAsync(40_000_000);
        var header = (await File.ReadAllBytesAsync(_scene.Root.Combine("data").Combine("shop.db").ToString(), Token)).AsMemory(0, 100);
        await using (var file = File.Create(At("x.db.gz")))
        await using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(header, Token);
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 64; i++) await gzip.WriteAsync(zeros, Token);
        }

        var options = new ArchiveVerificationOptions { File = _scene.Scene.At("x.db.gz"), ScratchCandidates = [global::Holdfast.Engine.Files.FilePath.From(small.Path)] };
        var error = await Assert.ThrowsAsync<HoldfastException>(() => new ArchiveVerification(options, new global::Holdfast.Engine.Progress.OperationProgress()).ExecuteAsync(Token));

        Assert.Equal(FailureKind.NoSpace, error.Kind);
        Assert.Empty(Directory.EnumerateFileSystemEntries(small.Path));
    }

    private string At(string name) => _scene.Scene.At(name).ToString();

    private async Task<HoldfastException> RefusedAsync(string name)
    {
        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.VerifyAsync(name));
        Assert.True(error.Kind is FailureKind.Damaged, $"{name}: {error.Kind} {error.Message}");
        Assert.True(_scene.IsScratchEmpty);
        using var repository = await SampleRepository.CreateAsync();
        await Assert.ThrowsAsync<HoldfastException>(() => _scene.ImportAsync(repository.Repository, name));
        Assert.Empty(await repository.FilesAsync(global::Holdfast.Restic.Backends.FileType.Pack));
        return error;
    }

    private static JsonObject Entry(JsonObject list, string path) => list["files"]!.AsArray().Select(entry => entry!.AsObject()).Single(entry => (string)entry["path"]! == path);

    /// <summary>Exports x.tar and writes it again with another list, as an attacker would: the sums are right.</summary>
    private async Task RewriteAsync(Action<JsonObject, string> change, Action<PaxTarEntry>? also = null, Func<PaxTarEntry, PaxTarEntry>? replace = null)
    {
        await _scene.ExportAsync("x.tar", options => options with { WritesMeta = false });
        var original = await File.ReadAllBytesAsync(At("x.tar"), Token);
        var sums = new StringBuilder();
        await using var target = File.Create(At("x.tar"));
        await using var writer = new TarWriter(target, TarEntryFormat.Pax);
        using var reader = new TarReader(new MemoryStream(original));
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            var made = new PaxTarEntry(entry.EntryType, entry.Name);
            if (entry.EntryType == TarEntryType.SymbolicLink) made.LinkName = entry.LinkName;
            var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            var bytes = content.ToArray();
            if (entry.Name == ArchiveManifest.EntryName)
            {
                var list = JsonNode.Parse(bytes)!.AsObject();
                change(list, entry.Name);
                bytes = Encoding.UTF8.GetBytes(list.ToJsonString());
            }

            if (entry.Name == "SHA256SUMS") bytes = Encoding.UTF8.GetBytes(sums.ToString());
            else if (entry.EntryType == TarEntryType.RegularFile) sums.Append(Convert.ToHexStringLower(SHA256.HashData(bytes))).Append("  ").Append(entry.Name).Append('\n');
            also?.Invoke(made);
            made = replace?.Invoke(made) ?? made;
            if (made.EntryType == TarEntryType.RegularFile) made.DataStream = new MemoryStream(bytes);
            writer.WriteEntry(made);
        }
    }
}
