using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
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
                    Old = new InodeIdentity(ulong.MaxValue, long.MinValue),
                    New = new InodeIdentity(3),
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

    [Fact]
    public void A_file_that_an_older_program_has_recorded_is_told_by_its_inode_and_one_of_this_by_its_birth_as_well()
    {
        var read = ExchangeDocument.Parse("""{"Phase":"Exchanging","Items":[{"Kind":"File","Destination":"/x","Kept":"/y","Old":{"Device":0,"Inode":7}}]}""");

        Assert.Equal(new InodeIdentity(7, 1), read.Items[0].Old);
        Assert.NotEqual(new InodeIdentity(8, 1), read.Items[0].Old);
        Assert.NotEqual(new InodeIdentity(7, 1), new InodeIdentity(7, 2));
    }

    [Fact]
    public void What_an_older_program_did_not_write_of_the_service_is_as_a_manifest_has_it_that_does_not_say()
    {
        var read = ExchangeDocument.Parse(
            """{"Phase":"Exchanging","Items":[],"Declared":{"Root":"/srv","Name":"shop","Declaration":{"Control":{"$type":"systemd","Unit":"shop"},"Health":{"Probe":{"$type":"http","Url":"http://localhost"}}}}}""");

        var declared = read.Declared!.Declaration;
        Assert.Equal(ServiceDeclaration.DefaultTimeout, declared.Timeout);
        Assert.Equal((HealthDeclaration.DefaultTimeout, HealthDeclaration.DefaultInterval, 1), (declared.Health!.Timeout, declared.Health.Interval, declared.Health.Successes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"Phase\":\"Exchanging\"}")]
    [InlineData("{\"Phase\":\"Later\"}")]
    [InlineData("{\"Phase\":\"Exchanging\",\"Items\":[{\"Kind\":\"File\",\"Destination\":\"/x\"}]}")]
    [InlineData("{\"Phase\":\"Staged\",\"Items\":[],\"Declared\":{\"Root\":\"/srv\",\"Name\":\"shop\",\"Declaration\":{\"Control\":{}}}}")]
    [InlineData("{\"Phase\":\"Staged\",\"Items\":[],\"Declared\":{}}")]
    [InlineData("{\"Phase\":\"Staged\",\"Made\":[[\"not base64\"]]}")]
    public void One_that_cannot_be_read_is_damage_that_says_where_the_old_files_are(string json)
    {
        var error = Assert.Throws<HoldfastException>(() => ExchangeDocument.Parse(json));

        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.Contains("before-restore", error.Hint, StringComparison.Ordinal);
    }
}
