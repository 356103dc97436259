using System.Globalization;
using Holdfast.EndToEnd.Killing;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Durability;

/// <summary>
/// A power cut at any instant of a restore: no name leads to content that is not on the disk, and the old database is there until the new one is.
/// Few files are synced one by one, many with their whole file system.
/// </summary>
public sealed class RestoreDurabilityTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly HoldfastProgram _program;

    public RestoreDurabilityTests() => _program = new HoldfastProgram(_temp["repository"]);

    private string Application => _temp["app"];

    private string[] Databases => [Application + "/data/log.db", Application + "/data/journal.db"];

    public void Dispose()
    {
        _program.Dispose();
        _temp.Dispose();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(70)]
    public async Task In_place_the_new_is_durable_before_it_gets_the_old_name_and_the_old_is_kept_until_that_is_durable(int files)
    {
        await BackUpAsync(files);
        VersionedDatabase.WriteCrashed(Databases[0], "wal", 2);
        VersionedDatabase.WriteCrashed(Databases[1], "delete", 2);
        Directory.Delete(Application + "/files", recursive: true);

        var trace = await FileCallTrace.OfAsync(_program, null, "restore", "latest", "--yes");

        var renames = trace.RenamesTo(path => IsBelow(path, Application) && !path.EndsWith("/link", StringComparison.Ordinal));
        Assert.Equal(files + Databases.Length, renames.Count);
        foreach (var file in renames) trace.ExpectContentDurable(file, file);
        foreach (var database in Databases) ExpectExchange(trace, Assert.Single(renames, call => call.Paths[^1] == database));
        trace.ExpectNamesDurable(Application, trace.Exit);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(70)]
    public async Task To_a_target_everything_is_durable_before_it_ends(int files)
    {
        await BackUpAsync(files);
        var target = _temp["new/deeper/target"];

        var trace = await FileCallTrace.OfAsync(_program, null, "restore", "latest", "--target", target);

        var renames = trace.RenamesTo(path => IsBelow(path, target + Application));
        Assert.Equal(files + Databases.Length, renames.Count);
        foreach (var file in renames) trace.ExpectContentDurable(file, files > 2 ? trace.Exit : file);
        trace.ExpectNamesDurable(_temp["new"], trace.Exit);
        var top = Assert.Single(trace.Calls, call => call is { Name: "mkdir", Succeeded: true } && call.NewName == _temp["new"]);
        trace.ExpectNameDurable(top, trace.Exit);
    }

    private static void ExpectExchange(FileCallTrace trace, FileCall rename)
    {
        var database = rename.Paths[^1];
        var kept = Assert.Single(trace.Calls, call => call is { Name: "link", Succeeded: true } && call.Paths[0] == database);
        trace.ExpectNameDurable(kept, rename);
        // A journal of the old one that came back would be played into the new one.
        var journals = trace.Calls.Where(call => call is { Name: "unlink", Succeeded: true } && call.Start < rename.Start && IsJournal(call.Paths[0], database));
        foreach (var journal in journals) trace.ExpectNameDurable(journal, rename);
        var drop = Assert.Single(trace.Calls, call => call is { Name: "unlink", Succeeded: true } && call.Paths[0] == kept.Paths[^1]);
        trace.ExpectNameDurable(rename, drop);
        // Before the next one is touched, too: databases may belong together.
        var check = trace.Calls.First(call => call.Name == "open" && call.Start > rename.End && call.Paths[0] == database);
        trace.ExpectNameDurable(rename, check);
        trace.ExpectNameDurable(drop, trace.Exit);
    }

    private static bool IsJournal(string path, string database) => path == database + "-wal" || path == database + "-journal";

    private static bool IsBelow(string path, string folder) => path.StartsWith(folder + "/", StringComparison.Ordinal);

    private async Task BackUpAsync(int files)
    {
        Directory.CreateDirectory(Application + "/data");
        VersionedDatabase.Write(Databases[0], "wal", 1);
        VersionedDatabase.Write(Databases[1], "delete", 1);
        foreach (var number in Enumerable.Range(1, files)) _temp.WriteFile(string.Create(CultureInfo.InvariantCulture, $"app/files/{number}"), "content");
        File.CreateSymbolicLink(Application + "/files/link", "1");
        await _program.RunAsync("init");
        await _program.RunAsync("backup", Application);
    }
}
