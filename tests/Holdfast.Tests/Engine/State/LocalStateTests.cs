using Holdfast.Engine.Files;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.State;

public sealed class LocalStateTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private FilePath Folder => FilePath.From(_temp["a", "state"]);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Its_folder_is_private()
    {
        using var state = LocalState.Open(Folder);
        Assert.Equal(0x1C0u, FileSystem.Status(Folder, followLinks: false).Mode & 0xFFF);
    }

    [Fact]
    public void A_damaged_state_is_a_clear_error()
    {
        _temp.WriteFile("a/state/state.db", new string('x', 5000));
        var error = Assert.Throws<HoldfastException>(() => LocalState.Open(Folder));
        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.Contains("state.db", error.Message, StringComparison.Ordinal);
        Assert.Contains("move it away", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/own", "/xdg", "/home/u", "/own")]
    [InlineData("own", null, null, "/here/own")]
    [InlineData("", "/xdg", "/home/u", "/xdg/holdfast")]
    [InlineData(null, "relative", "/home/u", "/home/u/.local/state/holdfast")]
    [InlineData(null, null, "/home/u", "/home/u/.local/state/holdfast")]
    [InlineData(null, null, null, "/var/lib/holdfast")]
    public void The_folder_follows_the_environment(string? own, string? xdg, string? home, string expected)
    {
        var variables = new Dictionary<string, string?> { ["HOLDFAST_STATE"] = own, ["XDG_STATE_HOME"] = xdg, ["HOME"] = home };
        Assert.Equal(expected, LocalState.FolderFrom(name => variables.GetValueOrDefault(name), FilePath.From("/here")).ToString());
    }
}
