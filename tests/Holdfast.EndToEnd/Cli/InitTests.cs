using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

public sealed class InitTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Workplace _place = Workplace.Empty();

    private string Folder => _place.Application;

    private string Key => Path.Combine(Folder, "holdfast.key");

    private string Sheet => Key + ".recovery-sheet.txt";

    private string Manifest => Path.Combine(Folder, "holdfast.yaml");

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task In_a_fresh_folder_makes_all_that_backup_and_drill_need()
    {
        _place.Database("data/shop.db");
        _place.Write("shop.yaml", "port: 80\n");

        var made = await RunAsync("init", "--no-backup");

        made.Expect(0);
        var key = (await File.ReadAllTextAsync(Key)).Trim();
        Assert.True(key.Length >= 20, "a key that cannot be guessed");
        Assert.Equal(Private, File.GetUnixFileMode(Key));
        Assert.Equal(Private, File.GetUnixFileMode(Sheet));
        Assert.Contains(key, await File.ReadAllTextAsync(Sheet), StringComparison.Ordinal);
        Assert.DoesNotContain(key, made.Output + made.Error + await File.ReadAllTextAsync(Manifest), StringComparison.Ordinal);

        (await RunAsync("backup")).Expect(0);
        (await RunAsync("drill")).Expect(0);
        var listed = Assert.Single((await RunAsync("list", "--json")).Expect(0).Json().EnumerateArray().ToList());
        Assert.True(listed.GetProperty("proven").GetBoolean());
        var restic = ResticProgram.On(Path.Combine(Folder, "backups"), key);
        var paths = (await restic.RunAsync("ls", "latest")).OutputLines;
        Assert.Contains(Path.Combine(Folder, "data/shop.db"), paths);
        Assert.DoesNotContain(paths, path => path.Contains("holdfast.key", StringComparison.Ordinal) || path.Contains("/backups/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_time_changes_nothing_and_says_why()
    {
        _place.Database("shop.db");
        (await RunAsync("init", "--no-backup")).Expect(0);
        var before = await ContentsAsync();

        var again = await RunAsync("init", "--json");

        again.Expect(2).Json().ExpectFailure(2, "already");
        Assert.Equal(before, await ContentsAsync());
    }

    [Fact]
    public async Task Never_overwrites_a_key_that_is_there()
    {
        _place.Database("shop.db");
        _place.Write("holdfast.key", "the key of another repository\n");

        var refused = await RunAsync("init");

        refused.Expect(2);
        Assert.Contains("holdfast.key", refused.Error, StringComparison.Ordinal);
        Assert.Equal("the key of another repository\n", await File.ReadAllTextAsync(Key));
        Assert.False(File.Exists(Manifest));
    }

    [Fact]
    public async Task Leaves_nothing_behind_when_the_repository_cannot_be_made()
    {
        _place.Database("shop.db");
        _place.Write("backups/config", "the config of a repository that is there\n");

        var refused = await RunAsync("init");

        refused.Expect(2);
        Assert.Contains("already", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Manifest) || File.Exists(Key) || File.Exists(Sheet));
    }

    [Fact]
    public async Task Beside_a_manifest_makes_its_repository_and_its_missing_key()
    {
        _place.Database("shop.db");
        var yaml = "application: shop\ndatabases: { main: { sqlite: shop.db } }\nrepositories: { here: { path: elsewhere/repository } }\npassphrase: { file: secret/key }\n";
        _place.Write("holdfast.yaml", yaml);
        Directory.CreateDirectory(Path.Combine(Folder, "secret"));

        var made = (await RunAsync("init", "--no-backup", "--json")).Expect(0).Json();

        Assert.Equal(Path.Combine(Folder, "elsewhere/repository"), made.Text("repository"));
        Assert.Equal(Manifest, made.Text("manifest"));
        Assert.Equal(Private, File.GetUnixFileMode(Path.Combine(Folder, "secret/key")));
        Assert.Equal(yaml, await File.ReadAllTextAsync(Manifest));
        (await RunAsync("backup")).Expect(0);
    }

    [Fact]
    public async Task With_a_repository_and_a_passphrase_makes_only_the_repository()
    {
        _place.Holdfast.With("HOLDFAST_PASSPHRASE", Workplace.Passphrase);

        var made = (await RunAsync("init", "--repository", _place["plain"], "--json")).Expect(0).Json();

        made.ExpectFields("repository", "repository_id", "manifest", "passphrase_file", "recovery_sheet");
        Assert.Equal(_place["plain"], made.Text("repository"));
        Assert.Empty(Directory.GetFileSystemEntries(Folder));
        await ResticProgram.On(_place["plain"], Workplace.Passphrase).RunAsync("snapshots");
    }

    private Task<ProgramResult> RunAsync(params string[] arguments)
    {
        if (!arguments.Contains("--repository")) _place.Holdfast.With("HOLDFAST_PASSPHRASE", null);
        return _place.Holdfast.With("HOLDFAST_REPOSITORY", null).TryRunInAsync(Folder, arguments);
    }

    private async Task<Dictionary<string, string>> ContentsAsync()
    {
        var contents = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories)) contents[path] = Convert.ToHexString(await File.ReadAllBytesAsync(path));
        return contents;
    }
}
