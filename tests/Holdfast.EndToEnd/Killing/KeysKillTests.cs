using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>A change of the passphrase that is killed: the old one opens the repository, or the new one, or both; and doing it again finishes.</summary>
public sealed class KeysKillTests : IDisposable
{
    private const string Next = "the next passphrase";

    private readonly TempDirectory _temp = new();

    private string Repository => _temp["repository"];

    private string KeyFile => _temp["next.key"];

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task A_change_of_the_passphrase_killed_at_any_call_leaves_one_that_opens_and_is_finished_by_doing_it_again()
    {
        (await OwnRepository.CreateAsync(_temp["pristine"])).Dispose();
        using var program = new HoldfastProgram(Repository, OwnRepository.Passphrase);
        await File.WriteAllTextAsync(KeyFile, Next, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var traced = new TracedProgram(program, [Repository, _temp["sheet"]]);

        await new KillSweep("keys passwd", sample: 4) { Critical = call => call.StartsWith("unlink", StringComparison.Ordinal) && call.Contains("/keys/", StringComparison.Ordinal) }
            .RunAsync(traced, () => KillStage.CopyAsync(_temp["pristine"], Repository), Change, _ => VerifyAsync(program));
    }

    private string[] Change => ["keys", "passwd", "--new-passphrase-file", KeyFile, "--recovery-sheet", _temp["sheet"]];

    private async Task VerifyAsync(HoldfastProgram program)
    {
        var (old, next) = (ResticProgram.On(Repository, OwnRepository.Passphrase), ResticProgram.On(Repository, Next));
        if ((await old.TryRunAsync("unlock")).ExitCode == 0) await program.RunAsync(Change);
        else await next.RunAsync("unlock");

        Assert.NotEqual(0, (await old.TryRunAsync("snapshots")).ExitCode);
        Assert.Single((await next.RunAsync("key", "list", "--json")).Json().EnumerateArray().ToList());
        await next.RunAsync("check");
        Assert.Contains(Next, await File.ReadAllTextAsync(_temp["sheet"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
