using Holdfast.Engine.Files;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Exchanges;

/// <summary>A folder that goes away with what it holds.</summary>
public sealed class KeptTreeTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public KeptTreeTests()
    {
        _temp.WriteFile("app/new/one", "one");
        _temp.WriteFile("app/new/deep/two", "two");
        _temp.CreateDirectory("app", "new", "empty");
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void It_goes_as_one_and_is_gone_in_the_end()
    {
        var item = Item();
        using var exchange = new Exchange([item], new RestoreLog());

        exchange.Forward();
        Assert.Equal([Path.GetFileName(item.Kept!.ToString())], Names());
        exchange.Forward();
        Assert.Empty(exchange.Drop([]));
        Assert.Empty(Names());
        Assert.Empty(exchange.Drop([]));
    }

    [Fact]
    public void It_comes_back_with_everything_as_often_as_that_is_asked()
    {
        using var exchange = new Exchange([Item()], new RestoreLog());
        exchange.Forward();

        Assert.Empty(exchange.PutBack());
        Assert.Empty(exchange.PutBack());

        Assert.Equal(["new"], Names());
        Assert.Equal(("one", "two"), (Read("app/new/one"), Read("app/new/deep/two")));
        Assert.True(Directory.Exists(_temp["app/new/empty"]));
    }

    [Fact]
    public void What_the_application_has_made_of_its_name_meanwhile_is_set_aside_and_named()
    {
        using var exchange = new Exchange([Item()], new RestoreLog());
        exchange.Forward();
        _temp.WriteFile("app/new/made", "by the restored one");

        Assert.Contains("was replaced by something else meanwhile", Assert.Single(exchange.PutBack()), StringComparison.Ordinal);

        Assert.Equal("one", Read("app/new/one"));
        Assert.Equal("by the restored one", File.ReadAllText(Directory.GetFiles(_temp["app"], "made", SearchOption.AllDirectories).Single()));
    }

    [Theory]
    [InlineData("one", "one and more")]
    [InlineData("later", "made later")]
    public void What_was_written_into_it_after_it_was_saved_stays_and_is_named(string name, string text)
    {
        var item = Item();
        using var exchange = new Exchange([item], new RestoreLog());
        exchange.Forward();
        var written = item.Kept!.Combine(name).ToString();
        File.WriteAllText(written, text);

        Assert.Equal([item.Kept!], exchange.Drop([]));

        Assert.Equal([written], Directory.GetFileSystemEntries(item.Kept!.ToString(), "*", SearchOption.AllDirectories));
        Assert.Equal(text, File.ReadAllText(written));
    }

    [Fact]
    public void What_is_to_be_kept_stays()
    {
        var item = Item();
        using var exchange = new Exchange([item], new RestoreLog());
        exchange.Forward();

        Assert.Empty(exchange.Drop([FilePath.From(_temp["app/new/one"])]));

        Assert.Equal("one", File.ReadAllText(Assert.Single(item.Each(), held => FileSystem.Exists(held.Kept!)).Kept!.ToString()));
    }

    [Fact]
    public void One_that_somebody_has_put_something_into_since_it_was_planned_is_left_with_that()
    {
        var plan = Plan();
        _temp.WriteFile("app/new/deep/three", "three");

        using var exchange = new Exchange(new RemovedItems(plan, "20260101-000000").All(), new RestoreLog());
        exchange.Forward();
        exchange.Drop([]);

        Assert.Equal([_temp["app/new/deep"], _temp["app/new/deep/three"]], Directory.GetFileSystemEntries(_temp["app/new"], "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    }

    private ExchangeItem Item() => Assert.Single(new RemovedItems(Plan(), "20260101-000000").All());

    private RestorePlan Plan() => new()
    {
        Target = null,
        Items = [],
        Removed = [At("app/new/deep/two"), At("app/new/one")],
        RemovedFolders = [At("app/new"), At("app/new/deep"), At("app/new/empty")],
        Record = null,
        Conflicts = [],
        Users = [],
        Space = [],
        Problems = [],
        Notices = [],
    };

    private FilePath At(string path) => FilePath.From(_temp[path]);

    private string Read(string path) => File.ReadAllText(_temp[path]);

    private IEnumerable<string?> Names() => Directory.GetFileSystemEntries(_temp["app"]).Select(Path.GetFileName);
}
