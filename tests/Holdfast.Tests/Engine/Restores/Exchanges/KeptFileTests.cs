using Holdfast.Engine.Files;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Exchanges;

/// <summary>A file that takes the place of another, with hard links and without, interrupted after any step.</summary>
public sealed class KeptFileTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Replaces_puts_back_and_may_do_both_again(bool mayLink)
    {
        var item = Item("old", "new");
        var file = new KeptFile(item, mayLink);

        file.Replace();
        file.Replace();
        Assert.Equal(("new", "old"), (Text(item.Destination), Text(item.Kept!)));

        file.PutBack();
        file.PutBack();
        Assert.Equal("old", Text(item.Destination));
        AssertOnly("file");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_dropped_leaves_only_the_new_one(bool mayLink)
    {
        var item = Item("old", "new");
        var file = new KeptFile(item, mayLink);
        file.Replace();

        file.Drop();
        file.Drop();

        Assert.Equal("new", Text(item.Destination));
        AssertOnly("file");
    }

    [Fact]
    public void Interrupted_after_the_second_name_it_goes_on_or_back()
    {
        var forward = Item("old", "new");
        NodeWriter.Link(forward.Destination, forward.Kept!);
        new KeptFile(forward).Replace();
        Assert.Equal("new", Text(forward.Destination));
        new KeptFile(forward).Drop();

        var back = Item("old", "new");
        NodeWriter.Link(back.Destination, back.Kept!);
        new KeptFile(back).PutBack();
        Assert.Equal("old", Text(back.Destination));
        Assert.False(FileSystem.Exists(back.Kept!));
    }

    [Fact]
    public void Interrupted_with_the_new_one_under_the_kept_name_it_goes_on_or_back()
    {
        var forward = Item("old", "new");
        FileSystem.Rename(forward.Staged!, forward.Kept!);
        new KeptFile(forward, mayLink: false).Replace();
        Assert.Equal(("new", "old"), (Text(forward.Destination), Text(forward.Kept!)));
        new KeptFile(forward).Drop();

        var back = Item("old", "new");
        FileSystem.Rename(back.Staged!, back.Kept!);
        new KeptFile(back, mayLink: false).PutBack();
        Assert.Equal("old", Text(back.Destination));
        AssertOnly("file");
    }

    [Fact]
    public void One_that_was_not_there_is_gone_again()
    {
        var item = Item(null, "new");
        var file = new KeptFile(item);
        file.Replace();
        Assert.Equal("new", Text(item.Destination));

        file.PutBack();
        file.PutBack();

        AssertOnly();
    }

    [Fact]
    public void One_that_goes_away_comes_back()
    {
        var item = Item("old", null);
        var file = new KeptFile(item);
        file.Replace();
        file.Replace();
        Assert.False(FileSystem.Exists(item.Destination));

        file.PutBack();

        Assert.Equal("old", Text(item.Destination));
        AssertOnly("file");
    }

    [Fact]
    public void What_someone_else_put_there_is_set_aside_and_told()
    {
        var item = Item("old", "new");
        new KeptFile(item).Replace();
        // As programs save their files: written under another name, then renamed.
        FileSystem.Rename(FilePath.From(_temp.WriteFile("saved", "foreign")), item.Destination);

        var told = new KeptFile(item).PutBack().Sentence;

        Assert.Equal("old", Text(item.Destination));
        Assert.Equal("foreign", File.ReadAllText($"{item.Kept}.replaced"));
        Assert.Contains(".replaced", told, StringComparison.Ordinal);
        // Who was killed before he could tell tells it then.
        Assert.Contains(".replaced", new KeptFile(item).PutBack().Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_was_replaced_before_its_turn_is_left_to_who_did_it()
    {
        var item = Item("old", "new");
        FileSystem.Rename(FilePath.From(_temp.WriteFile("saved", "foreign")), item.Destination);

        Assert.Throws<HoldfastException>(() => new KeptFile(item).Replace());
        new KeptFile(item).PutBack();

        Assert.Equal("foreign", Text(item.Destination));
    }

    [Fact]
    public void What_an_older_version_has_recorded_without_the_birth_is_told_by_its_inode()
    {
        var item = Item("old", "new");
        item = item with { Old = new InodeIdentity(item.Old!.Value.Inode), New = new InodeIdentity(item.New!.Value.Inode) };
        new KeptFile(item).Replace();

        new KeptFile(item).PutBack();

        Assert.Equal("old", Text(item.Destination));
        AssertOnly("file");
    }

    [Fact]
    public void A_file_that_got_the_number_of_the_new_one_after_it_was_gone_is_somebody_elses()
    {
        var item = Item("old", "new");
        if (item.New!.Value.Born is not { } born) { Assert.Skip("this file system does not keep when a file was made"); return; }
        new KeptFile(item).Replace();
        FileSystem.Rename(FilePath.From(_temp.WriteFile("saved", "foreign")), item.Destination);
        var reused = FileSystem.Status(item.Destination, followLinks: false).Inode;

        var told = new KeptFile(item with { New = new InodeIdentity(reused, born - 1) }).PutBack();

        Assert.Equal("old", Text(item.Destination));
        Assert.Equal("foreign", File.ReadAllText($"{item.Kept}.replaced"));
        Assert.Contains("something else", told.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_gone_is_told_and_does_not_have_to_be_tried_again()
    {
        var item = Item("old", "new");
        new KeptFile(item).Replace();
        FileSystem.Remove(item.Kept!);

        var told = new KeptFile(item).PutBack();

        Assert.True(told.IsLost);
        Assert.Contains("is gone", told.Sentence, StringComparison.Ordinal);
        Assert.Equal("new", Text(item.Destination));
    }

    [Fact]
    public void A_symbolic_link_is_exchanged_as_a_link()
    {
        _temp.WriteFile("target", "untouched");
        var destination = FilePath.From(_temp["file"]);
        File.CreateSymbolicLink(_temp["file"], "target");
        File.CreateSymbolicLink(_temp[".staged"], "elsewhere");
        var item = InPlaceRestorer.Item(destination, FilePath.From(_temp[".staged"]), ExchangeKind.File, "1");

        new KeptFile(item).Replace();
        Assert.Equal("elsewhere", new FileInfo(_temp["file"]).LinkTarget);
        new KeptFile(item).PutBack();

        Assert.Equal("target", new FileInfo(_temp["file"]).LinkTarget);
        Assert.Equal("untouched", File.ReadAllText(_temp["target"]));
    }

    private ExchangeItem Item(string? old, string? next)
    {
        if (old is not null) _temp.WriteFile("file", old);
        var staged = next is null ? null : FilePath.From(_temp.WriteFile(".staged", next));
        return InPlaceRestorer.Item(FilePath.From(_temp["file"]), staged, ExchangeKind.File, "20260101-000000");
    }

    private void AssertOnly(params string[] names) =>
        Assert.Equal(names, Directory.GetFileSystemEntries(_temp.Path).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));

    private static string Text(FilePath path) => File.ReadAllText(path.ToString());
}
