using System.Text;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>ls and dump: what is in a snapshot, and single files out of it.</summary>
public sealed class DumpTests : IAsyncLifetime
{
    private Workplace _place = null!;

    public async ValueTask InitializeAsync() => _place = await Workplace.CreateAsync();

    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Ls_lists_what_restic_lists()
    {
        var tree = new SyntheticTree(_place.Application);
        tree.Directory("folder").File("folder/file", "12345"u8).SymbolicLink("link", "folder").Mode("folder/file", 0x9A0).File("not-utf8-\udce9", "x"u8);
        await _place.BackUpAsync();

        var everything = (await _place.Holdfast.RunAsync("ls", "--recursive", "--json")).JsonLines();
        var restic = (await _place.Restic.RunAsync("ls", "--json", "latest")).JsonLines().Skip(1).Select(node => node.Text("path"));

        Assert.Equal(restic.Order(StringComparer.Ordinal), everything.Select(node => node.Text("path")).Order(StringComparer.Ordinal));
        var odd = everything.Single(node => node.GetProperty("path_bytes").ValueKind is not System.Text.Json.JsonValueKind.Null);
        Assert.EndsWith("not-utf8-\u00e9", Encoding.Latin1.GetString(odd.GetProperty("path_bytes").GetBytesFromBase64()), StringComparison.Ordinal);
        var file = everything.Single(node => node.Text("path").EndsWith("/folder/file", StringComparison.Ordinal));
        Assert.Equal(("file", "4640", 5L), (file.Text("type"), file.Text("mode"), file.GetProperty("size").GetInt64()));
        var words = (await _place.Holdfast.RunAsync("ls")).OutputLines;
        Assert.Equal(4, words.Count);
        Assert.Contains(words, line => line.StartsWith("drwx", StringComparison.Ordinal) && line.EndsWith("/folder/", StringComparison.Ordinal));
        Assert.Contains(words, line => line.EndsWith("/link -> folder", StringComparison.Ordinal));
        Assert.Contains("-rwSr-----", (await _place.Holdfast.RunAsync("ls", "latest", _place["application", "folder"])).Output, StringComparison.Ordinal);
        (await _place.JsonAsync(1, "ls", "nowhere")).ExpectFailure(1, "nowhere");
    }

    [Fact]
    public async Task Dump_writes_the_bytes_of_a_file_and_the_consistent_image_of_a_database()
    {
        var big = _place.WriteRandom("big", 7, 9_000_000);
        using var live = _place.Live("live.db");
        var database = Path.Combine(_place.Application, "live.db");
        var id = await _place.BackUpAsync();

        Assert.Equal(await File.ReadAllBytesAsync(big), (await _place.Holdfast.RunAsync("dump", big)).OutputBytes);
        Assert.Equal((await _place.Restic.RunAsync("dump", id, database)).OutputBytes, (await _place.Holdfast.RunAsync("dump", id[..8], database)).OutputBytes);
        var output = _place["taken.db"];
        var document = await _place.JsonAsync(0, "dump", database, "--output", output);

        Assert.Equal((id, output, 1L), (document.Text("snapshot_id"), document.Text("output"), document.GetProperty("files").GetInt64()));
        Assert.Equal("3", Workplace.Ask(output, "select count(*) from events"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(output));
    }

    [Fact]
    public async Task A_folder_is_dumped_as_an_archive_that_tar_unpacks()
    {
        var tree = new SyntheticTree(_place.Application);
        var longName = new string('n', 200);
        tree.Directory("d").File("d/file", "content"u8).SymbolicLink("d/link", new string('t', 300)).File("d/" + longName, "x"u8).Fifo("d/fifo").File("not-utf8-\udce9\n", "x"u8);
        tree.File("d/empty", []).Mode("d/file", 0x9ED).ModifiedAt("d/file", 1_000_000_000, 123_456_789).ModifiedAt("d/empty", -5, 250_000_000);
        if (tree.SupportsAttributes()) tree.Attribute("d/file", "user.note", "a=b\0c"u8);
        await _place.BackUpAsync();
        var archive = _place["all.tar"];

        await _place.Holdfast.RunAsync("dump", _place.Application, "--output", archive);
        Directory.CreateDirectory(_place["unpacked"]);
        (await RunningProcess.RunAsync(RealComponent.Require("tar"), ["--xattrs", "--xattrs-include=*", "-xpf", archive, "-C", _place["unpacked"]])).Expect(0);

        Restic.SameFiles.Expect(_place.Application, _place["unpacked"] + _place.Application);
        var restic = _place["restic.tar"];
        await File.WriteAllBytesAsync(restic, (await _place.Restic.RunAsync("dump", "latest", _place.Application)).OutputBytes, TestContext.Current.CancellationToken);
        // restic leaves fifos out of its archives.
        Assert.Equal(await NamesAsync(restic), (await NamesAsync(archive)).Where(name => !name.EndsWith("/fifo", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_file_of_output_is_replaced_only_when_forced_and_is_whole_or_not_there()
    {
        var file = _place.Write("file", "content");
        _place.WriteRandom("big", 3, 3_000_000);
        await _place.BackUpAsync();
        var output = _place["out"];
        await File.WriteAllTextAsync(output, "precious", TestContext.Current.CancellationToken);

        (await _place.JsonAsync(1, "dump", file, "--output", output)).ExpectFailure(1, "exists");
        Assert.Equal("precious", await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));
        await _place.Holdfast.RunAsync("dump", file, "--output", output, "--force");
        Assert.Equal("content", await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));
        (await _place.JsonAsync(2, "dump", file, "--output", Path.Combine(_place.Repository, "x"))).ExpectFailure(2, "repository");
        (await _place.JsonAsync(1, "dump", file, "--output", "/dev/null", "--force")).ExpectFailure(1, "no regular file");
        (await _place.JsonAsync(2, "dump", file)).ExpectFailure(2, "--json");

        foreach (var pack in Directory.GetFiles(Path.Combine(_place.Repository, "data"), "*", SearchOption.AllDirectories).Where(pack => new FileInfo(pack).Length > 1_000_000))
        {
            File.SetUnixFileMode(pack, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await using var damaged = File.OpenWrite(pack);
            damaged.Position = 2_000_000;
            damaged.Write(new byte[100]);
        }

        (await _place.JsonAsync(1, "dump", Path.Combine(_place.Application, "big"), "--output", _place["lost"])).ExpectFailure(1, "big");
        Assert.Equal(["application", "out", "repository"], Directory.GetFileSystemEntries(_place.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_no_file_is_not_dumped()
    {
        new SyntheticTree(_place.Application).SymbolicLink("link", "target").Fifo("fifo");
        await _place.BackUpAsync();

        (await _place.Holdfast.TryRunAsync("dump", _place["application", "link"])).Expect(1);
        Assert.Contains("neither", (await _place.Holdfast.TryRunAsync("dump", _place["application", "fifo"])).Expect(1).Error, StringComparison.Ordinal);
        Assert.Contains("not in snapshot", (await _place.Holdfast.TryRunAsync("dump", _place["application", "missing"])).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_has_enough_ends_it_quietly()
    {
        _place.WriteRandom("big", 7, 3_000_000);
        for (var i = 0; i < 2000; i++) _place.Write($"folder/file-{i}", string.Empty);
        await _place.BackUpAsync();

        foreach (var arguments in new[] { $"dump '{_place["application", "big"]}'", $"dump '{_place.Application}'", "ls --recursive" })
        {
            var command = string.Join(' ', HoldfastProgram.Command.Select(word => $"'{word}'"));
            var result = await RunningProcess.RunAsync("bash", ["-c", $"{command} {arguments} | head -c 10 > /dev/null; exit ${{PIPESTATUS[0]}}"], _place.Holdfast.Variables);
            Assert.Equal((141, string.Empty), (result.ExitCode, result.Error));
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(_place.Repository, "locks")));
    }

    [Fact]
    public async Task An_output_that_is_full_is_told()
    {
        _place.WriteRandom("big", 7, 3_000_000);
        await _place.BackUpAsync();
        var command = string.Join(' ', HoldfastProgram.Command.Append("dump").Append(_place["application", "big"]).Select(word => $"'{word}'"));

        var full = await RunningProcess.RunAsync("sh", ["-c", command + " > /dev/full"], _place.Holdfast.Variables);

        Assert.Equal(1, full.ExitCode);
        Assert.Contains("standard output", full.Error, StringComparison.Ordinal);
    }

    private static async Task<IEnumerable<string>> NamesAsync(string archive) =>
        (await RunningProcess.RunAsync("tar", ["-tf", archive])).Expect(0).OutputLines.Select(name => name.TrimEnd('/')).Order(StringComparer.Ordinal);
}
