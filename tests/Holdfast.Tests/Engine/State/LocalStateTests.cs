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
        Assert.Contains("under another name", error.Hint, StringComparison.Ordinal);
        Assert.True(LocalState.IsDamage(error));
        Assert.False(LocalState.IsDamage(new HoldfastException(FailureKind.Damaged, error.Message, "another")));
    }

    [Fact]
    public void Damage_that_is_met_only_when_a_table_is_read_is_told_as_that_too()
    {
        using (var made = LocalState.Open(Folder))
        {
            for (var i = 0; i < 50; i++)
                made.Execute("insert into key_checks values($l, 'r', 'k', 't')", ("$l", $"{i}{new string('x', 900)}"));
        }

        var file = _temp["a/state/state.db"];
        var bytes = File.ReadAllBytes(file);
        // Its first page says what tables there are; all others are lost.
        bytes.AsSpan(4096).Fill(0xAA);
        File.WriteAllBytes(file, bytes);
        var error = Assert.Throws<HoldfastException>(() =>
        {
            using var state = LocalState.Open(Folder);
            state.Query("select location from key_checks", row => row.GetString(0));
        });

        Assert.True(LocalState.IsDamage(error));
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
