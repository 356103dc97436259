using Holdfast.EndToEnd.Cli;
using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Destinations;

/// <summary>Three repositories, of which the first and the third take their passphrase from the same place.</summary>
public sealed class SharedPassphraseTests : DestinationTests
{
    private const string Next = "the next passphrase";

    private string Third => Place["third"];

    [Fact]
    public async Task A_passphrase_is_changed_wherever_it_is_used_or_nowhere()
    {
        await MakeAsync(Third, Workplace.Passphrase);
        Declare("  third: { path: ../third }");
        WriteKey("next.key", Next);

        using (Without(Third))
        {
            var refused = await TellAsync("keys", "passwd", "--new-passphrase-file", Place["next.key"]);
            Assert.Equal(10, refused.ExitCode);
            Assert.Contains("the repository third has the same passphrase", refused.Error, StringComparison.Ordinal);
        }

        await Place.Restic.RunAsync("snapshots");
        var changed = await RunAsync(0, "keys", "passwd", "--new-passphrase-file", Place["next.key"]);

        Assert.Equal(["first", "third"], changed.GetProperty("repositories").EnumerateArray().Select(one => one.Text("name")));
        foreach (var folder in new[] { Place.Repository, Third })
        {
            await ResticProgram.On(folder, Next).RunAsync("snapshots");
            Assert.NotEqual(0, (await ResticProgram.On(folder, Workplace.Passphrase).TryRunAsync("snapshots")).ExitCode);
        }

        await SecondRestic.RunAsync("snapshots");
    }
}
