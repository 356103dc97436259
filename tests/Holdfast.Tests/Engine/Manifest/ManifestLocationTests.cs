using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Manifest;

public sealed class ManifestLocationTests
{
    [Theory]
    [InlineData("/srv/app/deep/er", "/srv/app/holdfast.yaml")]
    [InlineData("/srv/app", "/srv/app/holdfast.yaml")]
    [InlineData("/srv", "/holdfast.yaml")]
    public void Finds_the_nearest_manifest_upwards(string current, string expected)
    {
        Assert.Equal(expected, ManifestLocation.Find(null, current, path => path is "/srv/app/holdfast.yaml" or "/holdfast.yaml"));
    }

    [Fact]
    public void Finds_nothing_where_there_is_nothing()
    {
        Assert.Null(ManifestLocation.Find(null, "/srv/app", _ => false));
        Assert.Equal(FailureKind.Usage, Assert.Throws<HoldfastException>(() => ManifestLocation.Require(null, "/srv", _ => false)).Kind);
    }

    [Fact]
    public void A_named_file_is_taken_or_missed_but_never_replaced_by_another()
    {
        Assert.Equal("/srv/other.yaml", ManifestLocation.Find("../other.yaml", "/srv/app", path => path == "/srv/other.yaml"));
        var failure = Assert.Throws<HoldfastException>(() => ManifestLocation.Find("x.yaml", "/srv", path => path == "/srv/holdfast.yaml"));
        Assert.Contains("/srv/x.yaml", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/home/ada/manifests", "/home/ada/manifests/shop.yaml")]
    [InlineData("/elsewhere", "/etc/holdfast/shop.yaml")]
    [InlineData(null, "/etc/holdfast/shop.yaml")]
    public void The_manifest_of_a_name_is_in_the_users_folder_or_else_in_that_of_the_machine(string? folder, string expected) =>
        Assert.Equal(
            expected,
            ManifestLocation.OfApplication("shop", folder, path => path is "/home/ada/manifests/shop.yaml" or "/etc/holdfast/shop.yaml"));

    [Theory]
    [InlineData("netvantage", true)]
    [InlineData("holdfast", false)]
    [InlineData("holdfast.old", false)]
    [InlineData("../shop", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_a_name_that_an_application_can_have_chooses_one(string? startedAs, bool chooses) =>
        Assert.Equal(chooses, InvokedName.From(name => name == InvokedName.Variable ? startedAs : null, FilePath.Root) is not null);
}
