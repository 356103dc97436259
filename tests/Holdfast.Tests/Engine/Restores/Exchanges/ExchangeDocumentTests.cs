using Holdfast.Engine.Files;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Exchanges;

public sealed class ExchangeDocumentTests
{
    [Fact]
    public void Comes_back_as_it_was_also_with_names_that_are_not_text()
    {
        var odd = FilePath.From([(byte)'/', 0xff, (byte)'\n', (byte)'"']);
        var document = new ExchangeDocument
        {
            Phase = ExchangePhase.Exchanging,
            Service = new ServiceSnapshot(true, new ProcessIdentity(7, ulong.MaxValue), "it runs"),
            Safety = "1234",
            Keep = [odd],
            Items =
            [
                new ExchangeItem
                {
                    Kind = ExchangeKind.Database,
                    Destination = odd,
                    Staged = FilePath.From("/staged"),
                    Kept = FilePath.From("/kept"),
                    Old = new FileIdentity(1, ulong.MaxValue),
                    New = new FileIdentity(1, 3),
                },
                new ExchangeItem { Kind = ExchangeKind.Folder, Destination = FilePath.From("/folder"), Before = "{}", After = "{}" },
            ],
            Folders = [FilePath.From("/")],
            Made = [odd],
        };

        var read = ExchangeDocument.Parse(document.Serialize());

        Assert.Equal(document.Serialize(), read.Serialize());
        Assert.Equal(odd, read.Items[0].Destination);
        Assert.Equal(document.Items[0].Old, read.Items[0].Old);
        Assert.Equal(document.Service, read.Service);
    }

    [Fact]
    public void Lists_that_an_older_program_did_not_write_are_empty()
    {
        var read = ExchangeDocument.Parse("""{"Phase":"Exchanging","Items":[]}""");

        Assert.Equal([], read.Keep.Concat(read.Folders).Concat(read.Made));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"Phase\":\"Exchanging\"}")]
    [InlineData("{\"Phase\":\"Later\"}")]
    [InlineData("{\"Phase\":\"Staged\",\"Made\":[[\"not base64\"]]}")]
    public void One_that_cannot_be_read_is_damage_that_says_where_the_old_files_are(string json)
    {
        var error = Assert.Throws<HoldfastException>(() => ExchangeDocument.Parse(json));

        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.Contains("before-restore", error.Hint, StringComparison.Ordinal);
    }
}
