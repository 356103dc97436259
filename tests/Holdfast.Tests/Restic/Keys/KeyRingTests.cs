using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Xunit;

namespace Holdfast.Tests.Restic.Keys;

public sealed class KeyRingTests
{
    private static readonly NewKeyOptions Cheap = new(new ClientIdentity("elsewhere", "ada", 7, 0, 0), new ScryptParameters(16, 8, 1));
    private static readonly byte[] Other = "another one"u8.ToArray();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_added_key_opens_the_same_repository_and_says_who_made_it()
    {
        using var sample = await SampleRepository.CreateAsync();

        var added = await AddAsync(sample.Repository, Other);

        using var opened = await Repository.OpenAsync(sample.Backend, Other, Token);
        Assert.Equal(sample.Repository.Config, opened.Config);
        Assert.Equal(added, opened.Keys.InUse);
        var keys = await opened.Keys.ListAsync(Token);
        Assert.Equal(["user@host False", "ada@elsewhere True"], keys.Readable.Select(key => $"{key.UserName}@{key.HostName} {key.IsInUse}"));
        Assert.All(keys.Readable, key => Assert.NotNull(key.Created));
    }

    [Fact]
    public async Task A_passphrase_that_opens_already_is_not_added_again()
    {
        using var sample = await SampleRepository.CreateAsync();
        var added = await AddAsync(sample.Repository, Other);

        var again = await Failing.ThrowsAsync(FailureKind.Usage, () => AddAsync(sample.Repository, Other));
        var same = await Failing.ThrowsAsync(FailureKind.Usage, () => sample.Repository.Keys.ReplaceAsync(SampleRepository.Passphrase, Cheap, TimeProvider.System, Token));

        Assert.Contains(added.Short, again.Message, StringComparison.Ordinal);
        Assert.Contains("the old one", same.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await sample.FilesAsync(FileType.Key)).Count);
    }

    [Fact]
    public async Task There_are_never_more_keys_than_anybody_tries()
    {
        using var sample = await SampleRepository.CreateAsync();
        for (var number = 1; number < 20; number++) await AddAsync(sample.Repository, [(byte)number]);

        await Failing.ThrowsAsync(FailureKind.Usage, () => AddAsync(sample.Repository, Other));

        Assert.Equal(20, (await sample.FilesAsync(FileType.Key)).Count);
    }

    [Fact]
    public async Task Neither_the_key_in_use_nor_the_last_one_is_removed()
    {
        using var sample = await SampleRepository.CreateAsync();
        var keys = sample.Repository.Keys;
        await Failing.ThrowsAsync(FailureKind.Usage, () => keys.RemoveAsync(keys.InUse, Token));
        var other = await AddAsync(sample.Repository, Other);
        await Failing.ThrowsAsync(FailureKind.NotFound, () => keys.RemoveAsync(Id.Of([1]), Token));
        // Another process takes away the one that this one was opened with.
        await sample.Backend.DeleteAsync(new FileHandle(FileType.Key, keys.InUse), Token);

        await Failing.ThrowsAsync(FailureKind.Usage, () => keys.RemoveAsync(other, Token));

        Assert.Equal(other, Assert.Single(await sample.FilesAsync(FileType.Key)).Id);
    }

    [Fact]
    public async Task Another_key_is_removed_also_when_it_is_damaged_but_not_while_the_one_in_use_is()
    {
        using var sample = await SampleRepository.CreateAsync();
        var keys = sample.Repository.Keys;
        var other = await AddAsync(sample.Repository, Other);
        await sample.FlipAsync(new FileHandle(FileType.Key, other), 40);
        Assert.Equal(other, Assert.Single((await keys.ListAsync(Token)).Damaged).Id);
        await keys.RemoveAsync(other, Token);
        var last = await AddAsync(sample.Repository, Other);
        await sample.FlipAsync(new FileHandle(FileType.Key, keys.InUse), 40);

        await Failing.ThrowsAsync(FailureKind.Damaged, () => keys.RemoveAsync(last, Token));

        using var opened = await Repository.OpenAsync(sample.Backend, Other, Token);
        Assert.Equal(last, opened.Keys.InUse);
    }

    [Fact]
    public async Task A_key_that_does_not_come_back_as_it_was_written_is_told_and_nothing_is_removed_for_it()
    {
        using var sample = await SampleRepository.CreateAsync();
        var storage = new RecordingBackend(sample.Backend);
        using var repository = await Repository.OpenAsync(storage, SampleRepository.Passphrase, Token);
        storage.ReadFailsAt = handle => handle.Type == FileType.Key && handle.Id != repository.Keys.InUse ? FailureKind.Damaged : null;

        await Failing.ThrowsAsync(FailureKind.Damaged, () => repository.Keys.ReplaceAsync(Other, Cheap, TimeProvider.System, Token));

        Assert.Empty(storage.Deleted);
    }

    [Theory]
    [InlineData("", FailureKind.Usage)]
    [InlineData("xyz", FailureKind.Usage)]
    [InlineData("ab\u001b[2J", FailureKind.Usage)]
    [InlineData("0", FailureKind.Usage)]
    [InlineData("ff", FailureKind.NotFound)]
    public void What_names_no_key_or_several_is_refused(string argument, FailureKind kind)
    {
        var ids = new[] { new Id(new byte[32]), new Id([0, .. new byte[30], 1]), new Id([0xAB, .. new byte[31]]) };
        var listing = new KeyListing([.. ids.Select(id => new StoredKey(id, null, "", "", false))], []);

        var error = Failing.Throws(kind, () => KeySelection.Resolve(listing, argument));

        Assert.DoesNotContain('\u001b', error.Message);
        Assert.Equal(ids[2], KeySelection.Resolve(listing, "AB"));
    }

    private static Task<Id> AddAsync(Repository repository, byte[] passphrase) => repository.Keys.AddAsync(passphrase, Cheap, TimeProvider.System, Token);
}
