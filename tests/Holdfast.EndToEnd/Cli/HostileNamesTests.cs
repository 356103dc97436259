using System.Text;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Names that try to write their own lines or to command the terminal.</summary>
public sealed class HostileNamesTests : WorkplaceTests
{
    private const string Evil = "x\nINJECTED\r\u001b[31m\u009b2J\u202e";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var tree = new SyntheticTree(Place.Application);
        tree.Directory(Evil).File(Evil + "/" + Evil, "content"u8).SymbolicLink(Evil + "/link", Evil);
        tree.File("not-utf8-\udce9\udc9b\n", "content"u8);
        using var connection = Workplace.Connect(Path.Combine(Place.Application, Evil, Evil + ".db"));
        connection.Execute($"create table \"{Evil}\"(id); insert into \"{Evil}\" values (1)");
    }

    [Fact]
    public async Task Never_reach_the_terminal_as_they_are()
    {
        await RunAsync(0, "backup", Place.Application, "--tag", Evil);
        await RunAsync(0, "list");
        await RunAsync(0, "show", "latest");
        await RunAsync(0, "ls", "--recursive");
        await RunAsync(1, "ls", "/" + Evil);
        await RunAsync(0, "dump", Path.Combine(Place.Application, Evil), "--output", Place["archive.tar" + Evil]);
        await RunAsync(1, "dump", "/" + Evil, "--output", Place["no.tar"]);
        await RunAsync(2, "list", "--before", Evil);
        await RunAsync(0, "drill");
        await RunAsync(0, "restore", "latest", "--target", Place[Evil]);
        await RunAsync(1, "restore", "latest", "--target", Place[Evil]);
        await RunAsync(1, "restore", "latest", "/" + Evil, "--target", Place["other"]);
        await RunAsync(3, "backup", Place.Application, "/" + Evil);
        await RunAsync(0, "diff");
        await RunAsync(2, "show", Evil);
        await RunAsync(2, Evil);
        await RunAsync(10, "list", "--repository", Place["nowhere" + Evil]);
        await RunAsync(2, "list", "--config", Place[Evil + ".yaml"]);
        await RunAsync(2, "backup", Place.Application, "--exclude", Evil + "[");
        await RunAsync(2, "list", "--passphrase-file", Place[Evil + ".key"]);
        await RunAsync(1, "list", "--passphrase-command", $"false{Evil}");
    }

    [Fact]
    public async Task Of_another_program_do_not_either()
    {
        await Place.Restic.RunAsync("backup", "--host", Evil, "--tag", Evil, Place.Application);

        await RunAsync(0, "list");
        await RunAsync(0, "show", "latest");
        await RunAsync(0, "drill");
        Assert.Equal(Evil, (await Place.JsonAsync(0, "list"))[0].Text("hostname"));
    }

    [Fact]
    public async Task Are_escaped_where_damage_names_them()
    {
        await Place.BackUpAsync();
        foreach (var pack in Directory.GetFiles(Path.Combine(Place.Repository, "data"), "*", SearchOption.AllDirectories))
        {
            File.SetUnixFileMode(pack, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var bytes = await File.ReadAllBytesAsync(pack);
            bytes[40] ^= 1;
            await File.WriteAllBytesAsync(pack, bytes);
        }

        await RunAsync(1, "check", "--read-data");
        await RunAsync(1, "drill");
    }

    [Fact]
    public async Task Of_a_manifest_are_escaped_in_its_errors()
    {
        await File.WriteAllTextAsync(Place["evil.yaml"], "application: shop\n\"x\\nINJECTED\\r\\e[31m\": 1\nfiles: { a: [\"../\\nINJECTED\\e\"] }\nrepositories: { r: { path: /r } }\n");

        await RunAsync(2, "list", "--config", Place["evil.yaml"]);
    }

    /// <summary>Runs it for people and for programs; what it says must be printable, what it prints as JSON must be JSON.</summary>
    private async Task RunAsync(int exitCode, params string[] arguments)
    {
        // A first restore makes the second one fail, so the order matters.
        if (exitCode != 0 || arguments[0] is not ("restore" or "dump")) Assert.NotEmpty((await Place.Holdfast.TryRunAsync([.. arguments, "--json"])).Expect(exitCode).JsonLines());
        var result = (await Place.Holdfast.TryRunAsync(arguments)).Expect(exitCode);
        foreach (var text in new[] { result.Output, result.Error })
        {
            Assert.DoesNotContain(text.EnumerateRunes(), rune => rune.Value is not '\n' && IsHarmful(rune));
            Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith("INJECTED", StringComparison.Ordinal));
        }
    }

    private static bool IsHarmful(Rune rune) => Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format;
}
