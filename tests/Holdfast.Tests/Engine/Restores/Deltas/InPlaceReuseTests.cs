using Holdfast.Engine.Files;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores.Deltas;

/// <summary>Whole restores over what is there.</summary>
public sealed class InPlaceReuseTests : InPlaceTests
{
    [Fact]
    public async Task A_database_with_few_changes_takes_the_rest_from_what_is_there()
    {
        Scene.Execute("create table t(id integer primary key, x); "
            + "with recursive n(i) as (select 1 union all select i + 1 from n where i < 500) insert into t select i, randomblob(3000) from n");
        await Scene.BackupAsync();
        var saved = await File.ReadAllBytesAsync(Scene.Database, TestContext.Current.CancellationToken);
        Scene.Execute("update t set x = randomblob(3000) where id = 250");

        var result = await Scene.RestoreInPlaceAsync();

        Assert.Empty(result.Problems);
        Assert.Equal(saved.Length, result.Bytes);
        // The changed page, its neighbours in the chunk, and the first chunk with the counter of changes.
        Assert.InRange(result.BytesReused, saved.Length - (4 * 16384), saved.Length - 16384);
        Assert.Equal(saved, await File.ReadAllBytesAsync(Scene.Database, TestContext.Current.CancellationToken));
        AssertOnly("main.db");
    }

    [Fact]
    public async Task A_file_that_is_damaged_in_the_repository_but_there_is_restored()
    {
        Scene.Temp.WriteFile("app/config", "same");
        await Scene.BackupAsync();
        await Scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of("same"u8)));

        var result = await Scene.RestoreInPlaceAsync();

        Assert.Empty(result.Problems);
        Assert.Equal((1, 4), (result.Files, result.BytesReused));
    }

    [Fact]
    public async Task Another_name_of_the_present_file_keeps_its_content()
    {
        Scene.Temp.WriteFile("app/config", "old");
        await Scene.BackupAsync();
        Scene.Temp.WriteFile("app/config", "new");
        new SyntheticTree(Scene.App).HardLink("other", "config");

        Assert.Empty((await Scene.RestoreInPlaceAsync()).Problems);

        Assert.Equal(("old", "new"), (Read("config"), Read("other")));
    }

    [Fact]
    public async Task Both_names_of_a_file_are_restored_from_its_present_content()
    {
        Scene.Temp.WriteFile("app/first", "12345");
        new SyntheticTree(Scene.App).HardLink("second", "first");
        await Scene.BackupAsync();

        var result = await Scene.RestoreInPlaceAsync();

        Assert.Equal((2, 5, 5), (result.Files, result.Bytes, result.BytesReused));
        Assert.Equal(Identity("first"), Identity("second"));
    }

    [Fact]
    public async Task To_a_target_nothing_is_reused()
    {
        Scene.Temp.WriteFile("app/config", "same");
        await Scene.BackupAsync();

        var result = await Scene.RestoreAsync();

        Assert.Equal(0, result.BytesReused);
        Assert.Equal("same", await File.ReadAllTextAsync(Scene.Restored("config"), TestContext.Current.CancellationToken));
    }

    private string Read(string name) => File.ReadAllText(Scene.At(name));

    private FileIdentity Identity(string name) => FileSystem.Status(FilePath.From(Scene.At(name)), followLinks: false).Identity;
}
