using System.Text;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>ls and dump: what is in a snapshot, and single files out of it.</summary>
public sealed class DumpTests : WorkplaceTests
{
    [Fact]
    public async Task Ls_lists_what_restic_lists()
    {
        var tree = new SyntheticTree(Place.Application);
        tree.Directory("folder").File("folder/file", "12345"u8).SymbolicLink("link", "folder").Mode("folder/file", 0x9A0).File("not-utf8-\udce9", "x"u8);
        await Place.BackUpAsync();

        var everything = (await Place.Holdfast.RunAsync("ls", "--recursive", "--json")).JsonLines();
        var restic = (await Place.Restic.RunAsync("ls", "--json", "latest")).JsonLines().Skip(1).Select(node => node.Text("path"));

        Assert.Equal(restic.Order(StringComparer.Ordinal), everything.Select(node => node.Text("path")).Order(StringComparer.Ordinal));
        var odd = everything.Single(node => node.GetProperty("path_bytes").ValueKind is not System.Text.Json.JsonValueKind.Null);
        Assert.EndsWith("not-utf8-\u00e9", Encoding.Latin1.GetString(odd.GetProperty("path_bytes").GetBytesFromBase64()), StringComparison.Ordinal);
        var file = everything.Single(node => node.Text("path").EndsWith("/folder/file", StringComparison.Ordinal));
        Assert.Equal(("file", "4640", 5L), (file.Text("type"), file.Text("mode"), file.GetProperty("size").GetInt64()));
        var words = (await Place.Holdfast.RunAsync("ls")).OutputLines;
        Assert.Equal(4, words.Count);
        Assert.Contains(words, line => line.StartsWith("drwx", StringComparison.Ordinal) && line.EndsWith("/folder/", StringComparison.Ordinal));
        Assert.Contains(words, line => line.EndsWith("/link -> folder", StringComparison.Ordinal));
        Assert.Contains("-rwSr-----", (await Place.Holdfast.RunAsync("ls", "latest", Place["application", "folder"])).Output, StringComparison.Ordinal);
        (await Place.JsonAsync(1, "ls", "nowhere")).ExpectFailure(1, "nowhere");
    }

    [Fact]
    public async Task Dump_writes_the_bytes_of_a_file_and_the_consistent_image_of_a_database()
    {
        var big = Place.WriteRandom("big", 7, 9_000_000);
        using var live = Place.Live("live.db");
        var database = Path.Combine(Place.Application, "live.db");
        var id = await Place.BackUpAsync();

        Assert.Equal(await File.ReadAllBytesAsync(big), (await Place.Holdfast.RunAsync("dump", big)).OutputBytes);
        Assert.Equal((await Place.Restic.RunAsync("dump", id, database)).OutputBytes, (await Place.Holdfast.RunAsync("dump", id[..8], database)).OutputBytes);
        var output = Place["taken.db"];
        var document = await Place.JsonAsync(0, "dump", database, "--output", output);

        Assert.Equal((id, output, 1L), (document.Text("snapshot_id"), document.Text("output"), document.GetProperty("files").GetInt64()));
        Assert.Equal("3", Workplace.Ask(output, "select count(*) from events"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(output));
    }

    [Fact]
    public async Task A_folder_is_dumped_as_an_archive_that_tar_unpacks()
    {
        var tree = new SyntheticTree(Place.Application);
        var longName = new string('n', 200);
        tree.Directory("d").File("d/file", "content"u8).SymbolicLink("d/link", new string('t', 300)).File("d/" + longName, "x"u8).Fifo("d/fifo").File("not-utf8-\udce9\n", "x"u8);
        tree.File("d/empty", []).Mode("d/file", 0x9ED).ModifiedAt("d/file", 1_000_000_000, 123_456_789).ModifiedAt("d/empty", -5, 250_000_000);
        if (tree.SupportsAttributes()) tree.Attribute("d/file", "user.note", "a=b\0c"u8);
        await Place.BackUpAsync();
        var archive = Place["all.tar"];

        await Place.Holdfast.RunAsync("dump", Place.Application, "--output", archive);
        Directory.CreateDirectory(Place["unpacked"]);
        (await RunningProcess.RunAsync(RealComponent.Require("tar"), ["--xattrs", "--xattrs-include=*", "-xpf", archive, "-C", Place["unpacked"]])).Expect(0);

        Restic.SameFiles.Expect(Place.Application, Place["unpacked"] + Place.Application);
        var restic = Place["restic.tar"];
        await File.WriteAllBytesAsync(restic, (await Place.Restic.RunAsync("dump", "latest", Place.Application)).OutputBytes, TestContext.Current.CancellationToken);
        // restic leaves fifos out of its archives.
        Assert.Equal(await NamesAsync(restic), (await NamesAsync(archive)).Where(name => !name.EndsWith("/fifo", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_file_of_output_is_replaced_only_when_forced_and_is_whole_or_not_there()
    {
        var file = Place.Write("file", "content");
        Place.WriteRandom("big", 3, 3_000_000);
        await Place.BackUpAsync();
        var output = Place["out"];
        await File.WriteAllTextAsync(output, "precious", TestContext.Current.CancellationToken);

        (await Place.JsonAsync(1, "dump", file, "--output", output)).ExpectFailure(1, "exists");
        Assert.Equal("precious", await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));
        await Place.Holdfast.RunAsync("dump", file, "--output", output, "--force");
        Assert.Equal("content", await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));
        (await Place.JsonAsync(2, "dump", file, "--output", Path.Combine(Place.Repository, "x"))).ExpectFailure(2, "repository");
        (await Place.JsonAsync(1, "dump", file, "--output", "/dev/null", "--force")).ExpectFailure(1, "no regular file");
        (await Place.JsonAsync(2, "dump", file)).ExpectFailure(2, "--json");

        foreach (var pack in Directory.GetFiles(Path.Combine(Place.Repository, "data"), "*", SearchOption.AllDirectories).Where(pack => new FileInfo(pack).Length > 1_000_000))
        {
            File.SetUnixFileMode(pack, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await using var damaged = File.OpenWrite(pack);
            damaged.Position = 2_000_000;
            damaged.Write(new byte[100]);
        }

        (await Place.JsonAsync(1, "dump", Path.Combine(Place.Application, "big"), "--output", Place["lost"])).ExpectFailure(1, "big");
        Assert.Equal(["application", "out", "repository"], Directory.GetFileSystemEntries(Place.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_no_file_is_not_dumped()
    {
        new SyntheticTree(Place.Application).SymbolicLink("link", "target").Fifo("fifo");
        await Place.BackUpAsync();

        (await Place.Holdfast.TryRunAsync("dump", Place["application", "link"])).Expect(1);
        Assert.Contains("neither", (await Place.Holdfast.TryRunAsync("dump", Place["application", "fifo"])).Expect(1).Error, StringComparison.Ordinal);
        Assert.Contains("not in snapshot", (await Place.Holdfast.TryRunAsync("dump", Place["application", "missing"])).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_has_enough_ends_it_quietly()
    {
        Place.WriteRandom("big", 7, 3_000_000);
        for (var i = 0; i < 2000; i++) Place.Write($"folder/file-{i}", string.Empty);
        await Place.BackUpAsync();

        foreach (var arguments in new[] { $"dump '{Place["application", "big"]}'", $"dump '{Place.Application}'", "ls --recursive" })
        {
            var command = string.Join(' ', HoldfastProgram.Command.Select(word => $"'{word}'"));
            var result = await RunningProcess.RunAsync("bash", ["-c", $"{command} {arguments} | head -c 10 > /dev/null; exit ${{PIPESTATUS[0]}}"], Place.Holdfast.Variables);
            Assert.Equal((141, string.Empty), (result.ExitCode, result.Error));
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(Place.Repository, "locks")));
    }

    [Fact]
    public async Task An_output_that_is_full_is_told()
    {
        Place.WriteRandom("big", 7, 3_000_000);
        await Place.BackUpAsync();
        var command = string.Join(' ', HoldfastProgram.Command.Append("dump").Append(Place["application", "big"]).Select(word => $"'{word}'"));

        var full = await RunningProcess.RunAsync("sh", ["-c", command + " > /dev/full"], Place.Holdfast.Variables);

        Assert.Equal(1, full.ExitCode);
        Assert.Contains("standard output", full.Error, StringComparison.Ordinal);
    }

    private static async Task<IEnumerable<string>> NamesAsync(string archive) =>
        (await RunningProcess.RunAsync("tar", ["-tf", archive])).Expect(0).OutputLines.Select(name => name.TrimEnd('/')).Order(StringComparer.Ordinal);
}
