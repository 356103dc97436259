using System.Text.Json;
using Holdfast.Engine.Files;
using Holdfast.Engine.Repositories;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Repositories;

public sealed class RepositoryAddressTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void The_place_of_a_folder_is_the_one_behind_its_links()
    {
        var folder = Directory.CreateDirectory(_temp["repository"]).FullName;
        Directory.CreateSymbolicLink(_temp["link"], folder);
        Assert.Equal(Of(folder).Place, Of(_temp["link"]).Place);
        Assert.Equal("/gone", Of("/gone").Place);
    }

    [Theory]
    [InlineData("backups", "/srv/app/backups")]
    [InlineData("../backups", "/srv/backups")]
    [InlineData("/var/backups", "/var/backups")]
    [InlineData("local:with:colon", "/srv/app/with:colon")]
    public void A_folder_is_seen_from_where_it_is_named(string text, string folder) =>
        Assert.Equal(folder, RepositoryAddress.Parse(text, FilePath.From("/srv/app")).Folder!.ToString());

    [Theory]
    [InlineData("s3:https://s3.example.org/bucket/orchard")]
    [InlineData("rest:https://backup.example.org:8000/orchard/")]
    [InlineData("sftp:backup@nas:/srv/backups")]
    [InlineData("/var/backups/orchard")]
    public void What_the_journal_keeps_of_it_is_the_same_again(string text)
    {
        var address = RepositoryAddress.Parse(text, FilePath.Root);
        Assert.Equal(address, JsonSerializer.Deserialize<RepositoryAddress>(JsonSerializer.Serialize(address)));
        Assert.Equal(address, RepositoryAddress.Parse(address.Text, FilePath.Root));
    }

    [Fact]
    public void A_password_in_it_is_shown_nowhere()
    {
        var address = RepositoryAddress.Parse("rest:https://me:secretword@host/", FilePath.Root);
        foreach (var shown in new[] { address.ToString(), address.Place, address.Text, address.Display, JsonSerializer.Serialize(address) })
            Assert.DoesNotContain("secretword", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_address_is_refused() =>
        Assert.Equal(FailureKind.Usage, Assert.Throws<HoldfastException>(() => RepositoryAddress.Parse("b2:bucket", FilePath.Root)).Kind);

    private static RepositoryAddress Of(string folder) => RepositoryAddress.Of(FilePath.From(folder));
}
