using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Exchanges;

/// <summary>The metadata of a folder that come back when a restore is undone.</summary>
public sealed class KeptFolderTests
{
    [Fact]
    public void What_it_cannot_get_back_is_told_and_the_rest_is_back()
    {
        using var temp = new TempDirectory();
        temp.CreateDirectory("folder");
        var folder = FilePath.From(temp["folder"]);
        FileSystem.SetPermissions(folder, 0x1C0);
        var before = new NodeReader(TimeZoneInfo.Utc, new OwnerNames()).Read(folder, FileSystem.Status(folder, followLinks: false)) with
        {
            // Of a namespace that no file system has (xattr(7)).
            ExtendedAttributes = [new ExtendedAttribute("nowhere.color", Encoding.ASCII.GetBytes("blue"))],
        };
        FileSystem.SetPermissions(folder, 0x1ED);
        var item = new ExchangeItem { Kind = ExchangeKind.Folder, Destination = folder, Before = KeptFolder.Describe(before), After = KeptFolder.Describe(before) };

        using var exchange = new Exchange([item], new RestoreLog());
        var told = Assert.Single(exchange.PutBack());

        Assert.Contains("did not get back the extended attribute \"nowhere.color\"", told, StringComparison.Ordinal);
        Assert.Equal(0x1C0u, FileSystem.Status(folder, followLinks: false).Mode & 0xFFF);
    }
}
