using Holdfast.Engine.Keys;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Locks;
using Holdfast.Testing;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Keys;

/// <summary>Several repositories with one passphrase.</summary>
public sealed class PassphraseChangeTests
{
    private static readonly byte[] Next = "the next passphrase"u8.ToArray();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_repository_gets_the_new_passphrase_and_loses_the_old_one()
    {
        using var first = await SampleRepository.CreateAsync();
        using var second = await SampleRepository.CreateAsync();

        var changed = await ChangeAsync(new("first", first.Repository), new("second", second.Repository));

        Assert.Equal([first.Repository.Keys.InUse, second.Repository.Keys.InUse], changed.Select(one => one.Removed!.Value));
        foreach (var sample in (SampleRepository[])[first, second]) Assert.Equal((false, true), await OpenedByAsync(sample));
    }

    /// <summary>Every change of either storage is the last that happens: the first, which everybody opens first, keeps the old one until the others have changed.</summary>
    [Fact]
    public async Task Ended_anywhere_doing_it_again_finishes()
    {
        for (var last = 0; ; last++)
        {
            using var first = await SampleRepository.CreateAsync();
            using var second = await SampleRepository.CreateAsync();
            var left = last;
            using var one = await Repository.OpenAsync(Ending(first), SampleRepository.Passphrase, Token);
            using var two = await Repository.OpenAsync(Ending(second), SampleRepository.Passphrase, Token);
            if (await Record.ExceptionAsync(() => ChangeAsync(new("first", one), new("second", two))) is null)
            {
                Assert.Equal(4, last);
                return;
            }

            foreach (var sample in (SampleRepository[])[first, second]) await LockFiles.RemoveAsync(sample.Repository, all: true, "host", TimeProvider.System, Token);
            Assert.True((await OpenedByAsync(first)).Old);
            var isChanged = !(await OpenedByAsync(second)).Old;
            using var again = await Repository.OpenAsync(second.Backend, isChanged ? Next : SampleRepository.Passphrase, Token);
            await ChangeAsync(new("first", first.Repository), new("second", again, isChanged));
            foreach (var sample in (SampleRepository[])[first, second]) Assert.Equal((false, true), await OpenedByAsync(sample));

            RecordingBackend Ending(SampleRepository sample) => new(sample.Backend)
            {
                FailsAt = handle => handle.Type == FileType.Key && left-- <= 0,
                KeepsAt = handle => handle.Type == FileType.Key && left-- <= 0,
            };
        }
    }

    [Fact]
    public async Task Where_one_is_in_use_nothing_is_changed_in_any()
    {
        using var first = await SampleRepository.CreateAsync();
        using var second = await SampleRepository.CreateAsync();
        await using var held = await RepositoryLock.AcquireAsync(second.Repository, exclusive: false, SampleRepository.Client, TimeProvider.System, Token);

        var error = await Failing.ThrowsAsync(FailureKind.Locked, () => ChangeAsync(new("first", first.Repository), new("second", second.Repository)));

        Assert.StartsWith("the repository second: ", error.Message, StringComparison.Ordinal);
        foreach (var sample in (SampleRepository[])[first, second]) Assert.Equal((true, false), await OpenedByAsync(sample));
        Assert.Empty(await first.FilesAsync(FileType.Lock));
    }

    [Fact]
    public async Task Where_one_keeps_its_old_key_the_others_lose_theirs_and_that_is_told()
    {
        using var first = await SampleRepository.CreateAsync();
        using var second = await SampleRepository.CreateAsync();
        var storage = new RecordingBackend(second.Backend) { KeepsAt = handle => handle.Type == FileType.Key, KeptKind = FailureKind.Refused };
        using var kept = await Repository.OpenAsync(storage, SampleRepository.Passphrase, Token);

        var error = await Failing.ThrowsAsync(FailureKind.Refused, () => ChangeAsync(new("first", first.Repository), new("second", kept)));

        Assert.Contains("the repository second: the new passphrase opens", error.Message, StringComparison.Ordinal);
        Assert.Contains("--repository second", error.Hint, StringComparison.Ordinal);
        Assert.Equal((false, true), await OpenedByAsync(first));
        Assert.Equal((true, true), await OpenedByAsync(second));
    }

    [Fact]
    public void Two_commands_of_the_same_words_are_one_source()
    {
        Assert.True(new PassphraseSource.Command(["pass", "show"]).IsSameAs(new PassphraseSource.Command(["pass", "show"])));
        Assert.False(new PassphraseSource.Command(["pass", "show"]).IsSameAs(new PassphraseSource.Command(["pass"])));
        Assert.True(new PassphraseSource.SecretFile("/key").IsSameAs(new PassphraseSource.SecretFile("/key")));
        Assert.False(new PassphraseSource.SecretFile("/key").IsSameAs(null));
    }

    private static async Task<IReadOnlyList<ChangedPassphrase>> ChangeAsync(params RepositoryOfPassphrase[] repositories)
    {
        using var next = new Passphrase(Next);
        return await new PassphraseChange(repositories, SampleRepository.Client, TimeProvider.System, _ => { }) { Cost = new ScryptParameters(16, 8, 1) }
            .ExecuteAsync(next, null, Token);
    }

    private static async Task<(bool Old, bool New)> OpenedByAsync(SampleRepository sample) => (await OpensAsync(sample, SampleRepository.Passphrase), await OpensAsync(sample, Next));

    private static async Task<bool> OpensAsync(SampleRepository sample, byte[] passphrase)
    {
        try
        {
            using var opened = await Repository.OpenAsync(sample.Backend, passphrase, Token);
            return true;
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.WrongKey)
        {
            return false;
        }
    }
}
