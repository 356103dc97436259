using Holdfast.Engine.Backups;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Tests.Engine.Restores;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

/// <summary>What is wrong with a database that was saved.</summary>
public sealed class DrilledDatabaseTests : DrillTests
{
    [Fact]
    public async Task A_missing_table_proves_nothing()
    {
        await Scene.BackupAsync(Declared(["parent", "gone"], []));
        await AssertFailsAsync("expected_tables", "gone");
    }

    [Theory]
    [InlineData("select count(*) > 5 from parent", "it gave '0'")]
    [InlineData("select x from nowhere", "SQLite says: no such table: nowhere")]
    [InlineData("delete from child", "an assertion must only read")]
    [InlineData("select 1 where 0", "no row")]
    public async Task An_assertion_that_does_not_hold_proves_nothing(string assertion, string detail)
    {
        await Scene.BackupAsync(Declared([], [assertion]));
        var result = await AssertFailsAsync("assertion", detail);
        Assert.DoesNotContain(result.Checks, check => check.ToString().Contains(Scratch.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_row_that_refers_to_nothing_proves_nothing()
    {
        Scene.Execute("pragma foreign_keys=off; insert into child values(99)");
        await Scene.BackupAsync();
        await AssertFailsAsync("foreign_key_check", "child");
    }

    [Fact]
    public async Task A_corrupt_database_proves_nothing()
    {
        Scene.Execute("create index i on child(p); insert into child select 1 from (with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000) select i from n)");
        using (var file = File.OpenWrite(Scene.Database))
        {
            file.Position = file.Length - 4096;
            file.Write(new byte[4096]);
        }

        await Scene.BackupAsync();
        await AssertFailsAsync("integrity_check", string.Empty);
    }

    [Fact]
    public async Task A_database_that_could_not_be_saved_proves_nothing()
    {
        await Scene.BackupAsync(new DatabaseSource("absent", FilePath.From(Scene.At("absent.db")), [], []));
        await AssertFailsAsync("snapshot", "absent");
    }

    [Fact]
    public async Task A_database_that_was_damaged_when_it_was_saved_is_told_by_a_restore_and_proves_nothing()
    {
        await Scene.BackupAsync();
        await RewriteRecordAsync(json => json.Replace("\"damage\": []", "\"damage\": [\"page 7 of t: broken\"]", StringComparison.Ordinal));

        var restored = await Scene.RestoreAsync();

        Assert.Equal(["the database main was damaged when it was saved: page 7 of t: broken"], restored.Problems);
        Assert.Empty((await Scene.RestoreAsync(await Scene.OptionsAsync(inPlace: false, Scene.At("config")) with { Target = FilePath.From(Scene.Temp["other"]) })).Problems);
        await AssertFailsAsync("snapshot", "page 7");
    }

    [Fact]
    public async Task A_count_that_differs_from_the_recorded_one_proves_nothing()
    {
        await Scene.BackupAsync();
        await RewriteRecordAsync(json => json.Replace("\"child\": 1", "\"child\": 7", StringComparison.Ordinal));
        await AssertFailsAsync("row_counts", "child has 1 rows and had 7");
    }
}
