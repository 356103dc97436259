using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>
/// The network is cut, or the server is gone, in the middle of an upload to a real server. The program sends what it did not get through again and
/// nothing else, whether it goes on by itself or was ended and is started anew.
/// </summary>
public sealed class CutUploadTests : IDisposable
{
    private const int MiB = 1 << 20;

    // Two or three packs, which go one after the other where there is one connection.
    private const int Size = 46 * MiB;

    // A pack has at least 16 MiB and at most 24: one is through, and another is on its way.
    private const int CutAt = 38 * MiB;

    private readonly TempDirectory _temp = new();

    private string App => _temp["app"];

    private string Manifest => Path.Combine(App, "holdfast.yaml");

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("rest")]
    [InlineData("s3")]
    public async Task A_line_that_breaks_for_a_moment_costs_one_more_attempt(string kind)
    {
        await using var place = await CutPlace.StartAsync(kind);
        using var program = await SetUpAsync(place);
        place.Line.CutAfter(CutAt, mends: true);

        var backup = (await program.TryRunInAsync(App, "backup")).Expect(0);

        Assert.Equal(1, place.Line.Cuts);
        Assert.Contains("trying again in", backup.Error, StringComparison.Ordinal);
        // No more than what was on its way was sent twice.
        Assert.InRange(Sent(backup), Size, CutAt + Size - (16 * MiB));
        await ExpectWholeAsync(program);
    }

    [Theory]
    [InlineData("rest")]
    [InlineData("s3")]
    public async Task A_backup_that_was_killed_while_the_line_was_cut_is_taken_up_where_it_was(string kind)
    {
        await using var place = await CutPlace.StartAsync(kind);
        using var program = await SetUpAsync(place);
        place.Line.CutAfter(CutAt, mends: false);
        await using (var backup = program.Start("backup", "--config", Manifest))
        {
            await backup.WaitForLineAsync(line => line.Contains("trying again in", StringComparison.Ordinal));
            Assert.False(backup.HasExited);
        }

        place.Line.Mend();
        var next = (await program.TryRunInAsync(App, "backup")).Expect(0);

        Assert.Contains("an earlier backup was cut off: what it had stored (", next.Error, StringComparison.Ordinal);
        Assert.InRange(Sent(next), 1, Size - (15 * MiB));
        Assert.InRange(Sent((await program.TryRunInAsync(App, "backup")).Expect(0)), 1, MiB);
        (await program.TryRunInAsync(App, "unlock")).Expect(0);
        await ExpectWholeAsync(program);
    }

    [Theory]
    [InlineData("rest")]
    [InlineData("sftp")]
    public async Task A_server_that_is_restarted_meanwhile_is_waited_for(string kind)
    {
        await using var place = await RestartedPlace.StartAsync(kind, _temp.CreateDirectory("served"));
        using var program = await SetUpAsync(place.Address, place.Variables);
        place.Line.HoldAfter(CutAt);
        await using var backup = program.Start("backup", "--config", Manifest);
        await place.Line.WaitUntilHeldAsync();
        Assert.NotEmpty(place.Packs);

        await place.StopAsync();
        place.Line.Release();
        await backup.WaitForLineAsync(line => line.Contains("trying again in", StringComparison.Ordinal));
        await place.StartAgainAsync();

        (await backup.WaitForExitAsync()).Expect(0);
        await ExpectWholeAsync(program);
        // Nothing was stored a second time, and nothing of the broken upload is left under a name of its own.
        Assert.InRange(place.Packs.Sum(pack => pack.Length), Size, Size + MiB);
    }

    private static long Sent(ProgramResult run)
    {
        var match = Regex.Match(run.Error, @"to the storage.*, (?<size>[0-9.]+) (?<unit>B|kB|MB|GB|KiB|MiB|GiB) up", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        Assert.True(match.Success, run.Error);
        var unit = match.Groups["unit"].Value switch { "B" => 1, "kB" => 1000, "KiB" => 1 << 10, "MB" => 1_000_000, "MiB" => MiB, _ => 1 << 30 };
        return (long)(double.Parse(match.Groups["size"].Value, CultureInfo.InvariantCulture) * unit);
    }

    private Task<HoldfastProgram> SetUpAsync(CutPlace place) => SetUpAsync(place.Address, place.Variables);

    private async Task<HoldfastProgram> SetUpAsync(string address, IReadOnlyList<(string Variable, string Value)> variables)
    {
        Directory.CreateDirectory(App);
        await File.WriteAllBytesAsync(Path.Combine(App, "large"), SyntheticTree.RandomBytes(1, Size), TestContext.Current.CancellationToken);
        var (kind, place) = (address[..address.IndexOf(':', StringComparison.Ordinal)], address[(address.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        _temp.WriteFile("app/holdfast.yaml", $"application: app\nfiles: {{ all: [.] }}\nrepositories: {{ far: {{ {kind}: \"{place}\", connections: 1 }} }}\n");
        var program = new HoldfastProgram().With("HOLDFAST_CACHE", _temp["cache"]);
        foreach (var (variable, value) in variables) program.With(variable, value);
        await NewRepository.InitializeAsync(address, program);
        return program;
    }

    private async Task ExpectWholeAsync(HoldfastProgram program)
    {
        var check = (await program.TryRunInAsync(App, "check", "--read-data")).Expect(0);
        Assert.DoesNotContain("is in no index", check.Output, StringComparison.Ordinal);
        (await program.TryRunInAsync(App, "restore", "latest", "--target", _temp["restored"])).Expect(0);
        Assert.Equal(SyntheticTree.RandomBytes(1, Size), await File.ReadAllBytesAsync(_temp["restored"] + Path.Combine(App, "large"), TestContext.Current.CancellationToken));
    }
}
