using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

public sealed class DemoTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly HoldfastProgram _program = new(null, passphrase: null);

    public void Dispose()
    {
        _program.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task Shows_it_all_and_leaves_nothing_behind()
    {
        var demo = (await _program.With("TMPDIR", _temp.Path).TryRunInAsync(_temp.CreateDirectory("here"), "demo")).Expect(0);

        foreach (var part in new[] { "A live application", "Backups while it writes", "deduplication", "proven in", "A disaster", "The restore", "kept for analysis", "new orders" })
            Assert.Contains(part, demo.Output, StringComparison.Ordinal);
        foreach (var command in new[] { "init", "backup", "drill", "list", "restore latest" }) Assert.Contains($"holdfast {command}", demo.Output, StringComparison.Ordinal);
        Assert.Equal([_temp["here"]], Left());
        Assert.Empty(Directory.GetFileSystemEntries(_temp["here"]));
        Assert.Empty(Directory.GetFileSystemEntries(_program.State));
        Assert.DoesNotContain(Running(), command => command.Contains(_temp.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Interrupted_leaves_nothing_behind_either()
    {
        await using var demo = _program.With("TMPDIR", _temp.Path).Start("demo");
        await demo.WaitForLineAsync(line => line.Contains("it runs:", StringComparison.Ordinal));

        demo.Signal(2);

        (await demo.WaitForExitAsync()).Expect(130);
        Assert.Empty(Left());
        Assert.DoesNotContain(Running(), command => command.Contains(_temp.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task As_JSON_is_one_document()
    {
        (await _program.TryRunAsync("demo", "--json")).Expect(0).Json().ExpectFields("proven", "restored", "rows", "seconds");
    }

    private IEnumerable<string> Left() => Directory.GetFileSystemEntries(_temp.Path).Where(path => !Path.GetFileName(path).StartsWith(".dotnet", StringComparison.Ordinal));

    private static List<string> Running()
    {
        var commands = new List<string>();
        foreach (var process in Directory.GetDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            try
            {
                commands.Add(File.ReadAllText(process + "/cmdline"));
            }
            catch (IOException)
            {
                // It ended meanwhile.
                continue;
            }
        }

        return commands;
    }
}
