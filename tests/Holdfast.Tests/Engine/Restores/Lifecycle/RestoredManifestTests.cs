using Holdfast.Engine.Files;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Lifecycle;

/// <summary>A manifest that came back at another place than it was saved at.</summary>
public sealed class RestoredManifestTests : IDisposable
{
    private const string Whole = "application: shop\ndatabases: { main: { sqlite: main.db } }\nrepositories: { local: { path: /backups } }\n";

    private readonly TempDirectory _temp = new();

    private FilePath Root => FilePath.From(_temp.Path);

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(null, null)]
    [InlineData(Whole, null)]
    [InlineData(Whole + "root: /srv/shop\n", "still names the root \"/srv/shop\"")]
    [InlineData("application: [\n", "cannot be read, so it is not known what it is about: ")]
    public void What_the_next_command_would_get_wrong_is_told(string? manifest, string? told)
    {
        if (manifest is not null) _temp.WriteFile("holdfast.yaml", manifest);

        var doubt = RestoredManifest.Doubt(Root, null);

        if (told is null) Assert.Null(doubt);
        else Assert.Contains(told, doubt, StringComparison.Ordinal);
    }
}
