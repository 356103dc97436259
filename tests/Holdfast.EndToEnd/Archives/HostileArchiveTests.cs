using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Archives;

/// <summary>Archives that somebody made to do harm, given to the real program: refused, and nothing is written outside.</summary>
public sealed class HostileArchiveTests : WorkplaceTests
{
    private const string Files = "files/";
    private const string Outside = "/tmp/holdfast-evil";
    private const string Traversal = "../../../../../../../../tmp/holdfast-evil";

    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["traversal"] = "holdfast-evil",
        ["absolute"] = "holdfast-evil",
        ["symlink"] = "leads out",
        ["bomb"] = "error",
        ["truncated"] = "truncated",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Evil => Place["evil.tar.gz"];

    [Theory]
    [InlineData("traversal")]
    [InlineData("absolute")]
    [InlineData("symlink")]
    [InlineData("bomb")]
    [InlineData("truncated")]
    public async Task Verify_import_and_restore_refuse_it_and_write_nothing(string how)
    {
        Place.Database("main.db");
        Place.Write("config.yaml", "port: 80\n");
        File.CreateSymbolicLink(Path.Combine(Place.Application, "link"), "config.yaml");
        await Place.JsonAsync(0, "backup", Place.Application, "--output", Place["good.tar.gz"]);
        await MakeAsync(how);
        Directory.CreateDirectory(Place["scratch"]);
        Place.Holdfast.With("TMPDIR", Place["scratch"]);
        var before = Listing();

        foreach (string[] command in (string[][])[["verify", Evil], ["import", Evil], ["restore", "--input", Evil, "--target", Place["target"], "--yes"], ["restore", "--input", Evil, "--yes"]])
        {
            var refused = await Place.Holdfast.TryRunAsync(command);
            Assert.True(refused.ExitCode is 1 or 2, refused.ToString());
            Assert.DoesNotContain("internal error", refused.Error, StringComparison.Ordinal);
            Assert.Contains(Reasons[how], refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal(before, Listing());
        Assert.False(File.Exists(Outside));
    }

    [Theory]
    [InlineData("outside", "neither below the application's root")]
    [InlineData("manifest", "has Holdfast run what the one here does not")]
    public async Task What_is_not_of_the_application_here_is_taken_in_only_when_it_is_trusted(string how, string said)
    {
        Place.Write("config.yaml", "port: 80\n");
        var manifest = $"application: app\nfiles: {{ all: [config.yaml, holdfast.yaml] }}\nrepositories: {{ local: {{ path: {Place.Repository} }} }}\n";
        var evil = $"backup: {{ before: [[/bin/touch, {Place["pwned"]}]] }}\n";
        var path = Place.Write("holdfast.yaml", how == "manifest" ? manifest + evil : manifest);
        (await Place.Holdfast.TryRunInAsync(Place.Application, "backup", "--output", Place["good.tar.gz"])).Expect(0);
        await File.WriteAllTextAsync(path, manifest, Token);
        File.Delete(Place["pwned"]);
        if (how == "manifest") File.Copy(Place["good.tar.gz"], Evil);
        else await MakeAsync(how);
        var before = Listing();

        foreach (string[] command in (string[][])[["import", Evil], ["restore", "--input", Evil, "--yes"], ["restore", "--input", Evil, "--dry-run"]])
        {
            var refused = (await Place.Holdfast.TryRunInAsync(Place.Application, command)).Expect(1);
            Assert.Contains(said, refused.Error, StringComparison.Ordinal);
            Assert.Contains("--trust-paths", refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal(before, Listing());
        Assert.False(File.Exists(Outside));
        (await Place.Holdfast.TryRunInAsync(Place.Application, "import", Evil, "--trust-paths")).Expect(0);
    }

    /// <summary>Everything in the workplace but the repository's locks and the local state.</summary>
    private IEnumerable<string> Listing() =>
        [.. Directory.EnumerateFileSystemEntries(Place.Root, "*", SearchOption.AllDirectories).Where(path => !path.StartsWith(Path.Combine(Place.Repository, "locks"), StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private async Task MakeAsync(string how)
    {
        var whole = await File.ReadAllBytesAsync(Place["good.tar.gz"], Token);
        if (how == "truncated")
        {
            await File.WriteAllBytesAsync(Evil, whole.AsMemory(0, whole.Length / 2), Token);
            return;
        }

        await using var reader = new TarReader(new GZipStream(new MemoryStream(whole), CompressionMode.Decompress));
        await using var writer = new TarWriter(new GZipStream(File.Create(Evil), CompressionLevel.Fastest), TarEntryFormat.Pax);
        // The list and the sums agree with the evil entry, so that nothing but the guard against it is in its way.
        var sums = new StringBuilder();
        while (await reader.GetNextEntryAsync(copyData: true, Token) is { } entry)
        {
            var content = new MemoryStream();
            if (entry.DataStream is not null) await entry.DataStream.CopyToAsync(content, Token);
            var isVictim = entry.Name.EndsWith("config.yaml", StringComparison.Ordinal);
            var bytes = entry.Name.StartsWith(Files, StringComparison.Ordinal) || entry.Name.StartsWith("databases/", StringComparison.Ordinal) ? content.ToArray()
                : entry.Name == "SHA256SUMS" ? Encoding.UTF8.GetBytes(sums.ToString())
                : ChangeList(how, content.ToArray());
            var name = (how, isVictim) switch { ("traversal", true) => Traversal, ("absolute", true) => Outside, _ => entry.Name };
            var made = new PaxTarEntry(entry.EntryType, name);
            if (entry.EntryType == TarEntryType.SymbolicLink) made.LinkName = how == "symlink" ? Traversal : entry.LinkName;
            if (entry.EntryType == TarEntryType.RegularFile)
            {
                if (entry.Name != "SHA256SUMS") sums.Append(Convert.ToHexStringLower(SHA256.HashData(bytes))).Append("  ").Append(name).Append('\n');
                made.DataStream = how == "bomb" && isVictim ? new Zeros(600L << 20) : new MemoryStream(bytes);
            }

            await writer.WriteEntryAsync(made, Token);
        }
    }

    private static byte[] ChangeList(string how, byte[] json)
    {
        if (json is not [(byte)'{', ..] || JsonNode.Parse(json) is not JsonObject list) return json;
        foreach (var entry in list.SelectMany(field => field.Value is JsonArray array ? array.OfType<JsonObject>() : []))
        {
            if (entry["path"]?.GetValue<string>().EndsWith("config.yaml", StringComparison.Ordinal) == true && how is ("traversal" or "absolute"))
                entry["path"] = how == "traversal" ? Traversal : Outside;
            if (how == "outside" && entry["path"]?.GetValue<string>().EndsWith("config.yaml", StringComparison.Ordinal) == true) entry["original"] = Outside;
            if (how == "symlink" && entry.ContainsKey("target")) entry["target"] = Traversal;
        }

        return Encoding.UTF8.GetBytes(list.ToJsonString());
    }

    /// <summary>Hundreds of megabytes that are one in the archive.</summary>
    private sealed class Zeros(long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var taken = (int)Math.Min(count, length - Position);
            buffer.AsSpan(offset, taken).Clear();
            Position += taken;
            return taken;
        }

        public override long Seek(long offset, SeekOrigin origin) => Position = offset;

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
