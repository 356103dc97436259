using Holdfast.Engine.Files;
using Holdfast.Engine.Keys;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Locks;
using Holdfast.Testing;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Keys;

public sealed class KeyWorkTests : IDisposable
{
    private static readonly byte[] Next = "the next passphrase"u8.ToArray();

    private readonly TempDirectory _temp = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FilePath Sheet => FilePath.From(_temp["holdfast.key.recovery-sheet.txt"]);

    public void Dispose() => _temp.Dispose();

    /// <summary>Every change of the storage, one after another, is the last that happens, or the first that does not.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ended_at_any_change_of_the_storage_some_passphrase_opens_and_doing_it_again_finishes(bool afterTheChange)
    {
        for (var last = 0; ; last++)
        {
            using var sample = await SampleRepository.CreateAsync();
            var ending = new EndingBackend(sample.Backend, last, afterTheChange);
            using (var repository = await Repository.OpenAsync(ending, SampleRepository.Passphrase, Token))
            {
                if (await Record.ExceptionAsync(() => ChangeAsync(repository)) is null)
                {
                    Assert.Equal(2, last);
                    await ExpectOnlyNextAsync(sample);
                    break;
                }
            }

            await LockFiles.RemoveAsync(sample.Repository, all: true, "host", TimeProvider.System, Token);
            using var opened = await Repository.OpenAsync(sample.Backend, await OpensAsync(sample, SampleRepository.Passphrase) ? SampleRepository.Passphrase : Next, Token);
            if (await OpensAsync(sample, SampleRepository.Passphrase)) await ChangeAsync(opened);
            await ExpectOnlyNextAsync(sample);
        }
    }

    [Fact]
    public async Task Where_nothing_can_be_removed_both_open_and_that_is_told()
    {
        using var sample = await SampleRepository.CreateAsync();
        var storage = new RecordingBackend(sample.Backend) { KeepsAt = handle => handle.Type == FileType.Key, KeptKind = FailureKind.Refused };
        using var repository = await Repository.OpenAsync(storage, SampleRepository.Passphrase, Token);

        var error = await Failing.ThrowsAsync(FailureKind.Refused, () => ChangeAsync(repository));

        Assert.Contains("both open", error.Message, StringComparison.Ordinal);
        Assert.Contains($"holdfast keys remove {repository.Keys.InUse.Short}", error.Hint, StringComparison.Ordinal);
        Assert.True(await OpensAsync(sample, SampleRepository.Passphrase) && await OpensAsync(sample, Next));
    }

    [Fact]
    public async Task The_new_sheet_is_there_before_the_old_key_goes()
    {
        using var sample = await SampleRepository.CreateAsync();
        await File.WriteAllTextAsync(Sheet.ToString(), "the old sheet", Token);
        var storage = new RecordingBackend(sample.Backend);
        string? atRemoval = null;
        storage.KeepsAt = handle =>
        {
            if (handle.Type == FileType.Key) atRemoval = File.ReadAllText(Sheet.ToString());
            return false;
        };
        using var repository = await Repository.OpenAsync(storage, SampleRepository.Passphrase, Token);

        var changed = await ChangeAsync(repository, Sheet);

        Assert.Contains("the next passphrase", atRemoval, StringComparison.Ordinal);
        Assert.Equal(Sheet, changed.RecoverySheet);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Sheet.ToString()));
        await ExpectOnlyNextAsync(sample);
    }

    [Fact]
    public async Task When_the_sheet_cannot_be_written_the_old_passphrase_stays()
    {
        using var sample = await SampleRepository.CreateAsync();

        var error = await Assert.ThrowsAsync<HoldfastException>(() => ChangeAsync(sample.Repository, FilePath.From(_temp["missing", "sheet"])));

        Assert.Contains("both open", error.Message, StringComparison.Ordinal);
        Assert.True(await OpensAsync(sample, SampleRepository.Passphrase) && await OpensAsync(sample, Next));
        await ChangeAsync(sample.Repository, Sheet);
        await ExpectOnlyNextAsync(sample);
    }

    [Fact]
    public async Task Only_what_removes_wants_the_repository_to_itself()
    {
        using var sample = await SampleRepository.CreateAsync();
        await using (await RepositoryLock.AcquireAsync(sample.Repository, exclusive: false, SampleRepository.Client, TimeProvider.System, Token))
        {
            using var passphrase = new Passphrase(Next);
            var added = await Work(sample.Repository).AddAsync(passphrase, Token);
            await Work(sample.Repository).ListAsync(Token);
            await Failing.ThrowsAsync(FailureKind.Locked, () => Work(sample.Repository).RemoveAsync(added, Token));
            await Failing.ThrowsAsync(FailureKind.Locked, () => ChangeAsync(sample.Repository));
        }

        Assert.Empty(await sample.FilesAsync(FileType.Lock));
    }

    [Fact]
    public void A_sheet_beside_the_key_file_is_found()
    {
        var source = new PassphraseSource.SecretFile(_temp["holdfast.key"]);
        Assert.Null(NewRecoverySheet.PlaceBeside(source));
        _temp.WriteFile("holdfast.key.recovery-sheet.txt", "sheet");
        Assert.Equal(Sheet, NewRecoverySheet.PlaceBeside(source));
        Assert.Null(NewRecoverySheet.PlaceBeside(new PassphraseSource.EnvironmentVariable("NAME")));
    }

    private static KeyWork Work(Repository repository) =>
        new(repository, SampleRepository.Client, TimeProvider.System, _ => { }) { Cost = new ScryptParameters(16, 8, 1) };

    private static async Task<ChangedPassphrase> ChangeAsync(Repository repository, FilePath? sheet = null)
    {
        using var next = new Passphrase(Next);
        var change = new PassphraseChange([new("here", repository)], SampleRepository.Client, TimeProvider.System, _ => { }) { Cost = new ScryptParameters(16, 8, 1) };
        return Assert.Single(await change.ExecuteAsync(next, sheet is null ? null : NewRecoverySheet.Of(sheet, repository.Backend.Location, null, "host", TimeProvider.System), Token));
    }

    private static async Task<bool> OpensAsync(SampleRepository sample, byte[] passphrase)
    {
        try
        {
            using var opened = await Repository.OpenAsync(sample.Backend, passphrase, Token);
            return opened.Config == sample.Repository.Config;
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.WrongKey)
        {
            return false;
        }
    }

    private static async Task ExpectOnlyNextAsync(SampleRepository sample)
    {
        Assert.False(await OpensAsync(sample, SampleRepository.Passphrase));
        Assert.True(await OpensAsync(sample, Next));
        Assert.Single(await sample.FilesAsync(FileType.Key));
    }
}
