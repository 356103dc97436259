using Holdfast.Engine.Archives.Importing;
using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Archives.Importing;

/// <summary>Which database an archive of one is: a wrong guess would replace another one.</summary>
public sealed class ImportPlanTests
{
    private static readonly DatabaseDeclaration Main = new("main", "/srv/shop/main.db", [], []);
    private static readonly DatabaseDeclaration Log = new("log", "/srv/shop/log.db", [], []);

    [Theory]
    [InlineData("log", null, "/srv/shop/log.db")]
    [InlineData("log", "/srv/shop/log.db", "/srv/shop/log.db")]
    [InlineData("log", "/elsewhere/main.db", "/srv/shop/log.db")]
    [InlineData(null, "/srv/shop/log.db", "/srv/shop/log.db")]
    public void It_is_the_one_that_is_named_or_that_has_its_path(string? named, string? path, string chosen) =>
        Assert.Equal(chosen, ImportPlan.Choose(Archived(path), Options(named, Main, Log)).Path);

    [Fact]
    public void The_only_one_of_an_application_is_meant_wherever_it_was() =>
        Assert.Same(Main, ImportPlan.Choose(Archived("/elsewhere/x.db"), Options(null, Main)));

    [Fact]
    public void Without_a_manifest_it_is_what_the_sidecar_names()
    {
        var chosen = ImportPlan.Choose(Archived("/srv/shop/main.db"), Options(null));
        Assert.Equal(("main.db", "/srv/shop/main.db"), (chosen.Name, chosen.Path));
    }

    [Theory]
    [InlineData("other", null, "the manifest has no database")]
    [InlineData("main", "/srv/shop/log.db", "the archive is of the database \"log\"")]
    [InlineData(null, null, "does not say which")]
    [InlineData(null, "/elsewhere/main.db", "does not say which")]
    public void What_is_not_clear_is_refused(string? named, string? path, string said)
    {
        var error = Assert.Throws<HoldfastException>(() => ImportPlan.Choose(Archived(path), Options(named, Main, Log)));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("main.db")]
    [InlineData("/srv//main.db")]
    [InlineData("/srv/../etc/x.db")]
    [InlineData("/srv/shop/..")]
    public void Without_a_manifest_a_path_that_is_none_is_refused(string? path) =>
        Assert.Throws<HoldfastException>(() => ImportPlan.Choose(Archived(path), Options(null)));

    private static VerifiedDatabase Archived(string? path) =>
        new() { Name = null, Path = path, Bytes = 0, Sha256 = string.Empty, PageSize = 4096, UsesWal = false, Tables = new Dictionary<string, long>() };

    private static ArchiveImportOptions Options(string? named, params DatabaseDeclaration[] declared) => new()
    {
        File = FilePath.From("/x.db"),
        Database = named,
        Databases = declared,
        ScratchCandidates = [],
        Identity = Restores.Scene.Tester,
        Program = "test",
    };
}
