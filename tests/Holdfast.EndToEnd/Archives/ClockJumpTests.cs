using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Archives;

/// <summary>A clock that is wrong for one backup, as libfaketime has it.</summary>
public sealed class ClockJumpTests : WorkplaceTests
{
    [Fact]
    public async Task A_jump_of_a_month_deletes_no_archive()
    {
        var faketime = RealComponent.Require("faketime");
        Place.Database("main.db");
        var manifest = Place.Write(
            "holdfast.yaml",
            $"""
            application: shop
            databases: {"{"} main: {"{"} sqlite: main.db {"}"} {"}"}
            repositories: {"{"} local: {"{"} path: {Place.Repository} {"}"} {"}"}
            archives:
              files: {"{"} folder: {Place["archives"]}, format: db, prefix: shop, keep_days: 7 {"}"}
            """);
        foreach (var days in new[] { -3, -2, -1, 0 }) await BackUpAsync(days);

        Assert.Contains("the clock may have jumped", (await BackUpAsync(30)).Error, StringComparison.Ordinal);
        await BackUpAsync(31);

        Assert.Equal(6, Directory.GetFiles(Place["archives"], "shop_*.db").Length);
        // The right clock again: what is of the future counts for nothing.
        await BackUpAsync(0);
        Assert.Equal(7, Directory.GetFiles(Place["archives"], "shop_*.db").Length);

        async Task<ProgramResult> BackUpAsync(int days) => (await RunningProcess.RunAsync(
            faketime, ["-f", $"{days:+0;-0;+0}d", .. HoldfastProgram.Command, "--config", manifest, "backup"], Place.Holdfast.Variables)).Expect(0);
    }
}
