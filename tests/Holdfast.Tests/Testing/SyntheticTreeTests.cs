using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Testing;

public sealed class SyntheticTreeTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Names_may_hold_any_bytes()
    {
        Assert.Equal([(byte)'a', 0xE9, 0xFF, 0], SyntheticTree.Bytes("a\udce9\udcff"));
        Assert.Equal("日🜁\0"u8.ToArray(), SyntheticTree.Bytes("日🜁"));
    }

    [Fact]
    public async Task Makes_what_it_says()
    {
        SyntheticTree.Awkward(_directory);
        var found = (await RunningProcess.RunAsync("find", [_directory, "-printf", "%y %m %n %s %T@ %P\\0"])).Expect(0);

        var entries = found.OutputBytes.AsSpan();
        Assert.True(entries.IndexOf("names/caf\u00e9\0"u8) < 0);
        Assert.True(entries.IndexOf((ReadOnlySpan<byte>)[.. "names/caf"u8, 0xE9, 0]) > 0);
        Assert.Contains("f 4755 1 1 ", found.Output, StringComparison.Ordinal);
        Assert.Contains("f 644 2 6 ", found.Output, StringComparison.Ordinal);
        Assert.Contains("1600000000.1234567890 times/nano", found.Output, StringComparison.Ordinal);
        Assert.Equal(1969, File.GetLastWriteTimeUtc(_directory["times/before-1970"]).Year);
        Assert.Contains("1500000000.0000000050 times/link", found.Output, StringComparison.Ordinal);
        Assert.Contains("p 644 1 0 ", found.Output, StringComparison.Ordinal);
        Assert.Contains(" 50000000 ", found.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_directory_goes_away_with_all_that()
    {
        var directory = new TempDirectory();
        SyntheticTree.Awkward(directory).Mode("names", 0);
        directory.Dispose();
        Assert.False(Path.Exists(directory));
    }

    [Fact]
    public async Task Restic_saves_it()
    {
        SyntheticTree.Awkward(_directory.CreateDirectory("tree"));
        var restic = ResticProgram.On(_directory["repository"], "secret");
        await restic.RunAsync("init");
        await restic.RunAsync("backup", _directory["tree"]);
        Assert.Single((await restic.RunAsync("snapshots", "--json")).Json().EnumerateArray());
        Assert.NotEqual(0, (await ResticProgram.On(_directory["repository"], "wrong").TryRunAsync("snapshots")).ExitCode);
    }
}
