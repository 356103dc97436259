using System.Text;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Packs;
using Xunit;

namespace Holdfast.Tests.Restic;

public sealed class RepositoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_was_made_opens_again_and_only_with_its_passphrase(int version)
    {
        using var sample = await SampleRepository.CreateAsync(version);

        using var opened = await Repository.OpenAsync(sample.Backend, SampleRepository.Passphrase, Token);

        Assert.Equal(sample.Repository.Config, opened.Config);
        Assert.Equal(version, opened.Config.Version);
        var error = await Failing.ThrowsAsync(FailureKind.WrongKey, () => Repository.OpenAsync(sample.Backend, "wrong"u8.ToArray(), Token));
        Assert.Equal(12, error.ExitCode);
    }

    [Fact]
    public async Task Nothing_is_no_repository()
    {
        var error = await Failing.ThrowsAsync(FailureKind.NoRepository, () => Repository.OpenAsync(new MemoryBackend(), SampleRepository.Passphrase, Token));
        Assert.Contains("init", error.Hint, StringComparison.Ordinal);
        Assert.Equal(10, error.ExitCode);
    }

    [Fact]
    public async Task A_repository_is_never_made_over_another_one_or_what_is_left_of_it()
    {
        using var sample = await SampleRepository.CreateAsync();
        await Failing.ThrowsAsync(FailureKind.Usage, () => InitializeAsync(sample.Backend));
        var config = await sample.Backend.ReadAllAsync(FileHandle.Config, Token);

        await sample.Backend.DeleteAsync(FileHandle.Config, Token);
        await Failing.ThrowsAsync(FailureKind.Usage, () => InitializeAsync(sample.Backend));

        await sample.Backend.WriteAsync(FileHandle.Config, config, Token);
        using var opened = await Repository.OpenAsync(sample.Backend, SampleRepository.Passphrase, Token);
        Assert.Equal(sample.Repository.Config.Id, opened.Config.Id);
    }

    [Fact]
    public async Task A_making_that_stops_before_the_end_leaves_no_repository()
    {
        var backend = new RecordingBackend(new MemoryBackend()) { FailsAt = handle => handle.Type == FileType.Config };
        await Failing.ThrowsAsync(FailureKind.NoSpace, () => InitializeAsync(backend));
        await Failing.ThrowsAsync(FailureKind.NoRepository, () => Repository.OpenAsync(backend, SampleRepository.Passphrase, Token));
        // The config, which marks a repository as existing, comes last.
        Assert.Equal([FileType.Key], backend.Written.Select(handle => handle.Type));
    }

    [Theory]
    [InlineData("")]
    [InlineData("too short")]
    [InlineData("long enough to be a container, but sealed by no key of this repository")]
    public async Task A_damaged_config_is_told_apart_from_a_wrong_passphrase(string content)
    {
        using var sample = await SampleRepository.CreateAsync();
        await sample.Backend.WriteAsync(FileHandle.Config, Encoding.UTF8.GetBytes(content), Token);

        await Failing.ThrowsAsync(FailureKind.Damaged, () => Repository.OpenAsync(sample.Backend, SampleRepository.Passphrase, Token));
    }

    [Fact]
    public async Task A_newer_version_and_a_bad_polynomial_are_refused()
    {
        using var sample = await SampleRepository.CreateAsync();
        var json = Encoding.UTF8.GetString(sample.Repository.Config.Serialize());

        await WriteConfigAsync(sample, json.Replace("\"version\":2", "\"version\":3", StringComparison.Ordinal));
        var newer = await Assert.ThrowsAsync<HoldfastException>(() => Repository.OpenAsync(sample.Backend, SampleRepository.Passphrase, Token));
        Assert.Contains("newer version (3)", newer.Message, StringComparison.Ordinal);

        await WriteConfigAsync(sample, json.Replace(sample.Repository.Config.ChunkerPolynomial.ToString(), "38f1e565e288df", StringComparison.Ordinal));
        await Failing.ThrowsAsync(FailureKind.Damaged, () => Repository.OpenAsync(sample.Backend, SampleRepository.Passphrase, Token));
    }

    [Fact]
    public async Task A_repository_without_keys_says_so()
    {
        using var sample = await SampleRepository.CreateAsync();
        foreach (var key in await sample.FilesAsync(FileType.Key)) await sample.Backend.DeleteAsync(key, Token);
        var error = await Failing.ThrowsAsync(FailureKind.Damaged, () => Repository.OpenAsync(sample.Backend, SampleRepository.Passphrase, Token));
        Assert.Contains("no key file", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Documents_come_back_and_any_changed_byte_is_noticed(int version)
    {
        using var sample = await SampleRepository.CreateAsync(version);
        var json = "{\"some\":\"document\"}"u8.ToArray();
        var handle = new FileHandle(FileType.Snapshot, await sample.Repository.SaveDocumentAsync(FileType.Snapshot, json, Token));

        Assert.Equal(json, await sample.Repository.LoadDocumentAsync(handle, Token));
        var size = (int)(await sample.Backend.StatAsync(handle, Token))!.Value;
        for (var i = 0; i < size; i++)
        {
            await sample.FlipAsync(handle, i);
            await Failing.ThrowsAsync(FailureKind.Damaged, () => sample.Repository.LoadDocumentAsync(handle, Token));
            await sample.FlipAsync(handle, i);
        }
    }

    [Theory]
    [InlineData(2, "{\"raw\":1}", "{\"raw\":1}")]
    [InlineData(2, "[1]", "[1]")]
    [InlineData(2, "", "")]
    [InlineData(2, "\u0002not zstd", null)]
    [InlineData(2, "\u0003", null)]
    [InlineData(2, " {}", null)]
    [InlineData(1, "{\"raw\":1}", "{\"raw\":1}")]
    [InlineData(1, "\u0002anything", "\u0002anything")]
    public async Task Documents_of_other_writers_are_read_by_the_rules_of_the_version(int version, string plaintext, string? expected)
    {
        using var sample = await SampleRepository.CreateAsync(version);
        byte[] content;
        using (var lease = sample.Repository.Codecs.Rent()) content = lease.Codec.Seal(Encoding.UTF8.GetBytes(plaintext)).ToArray();
        var handle = new FileHandle(FileType.Index, Id.Of(content));
        await sample.Backend.WriteAsync(handle, content, Token);

        if (expected is null) await Failing.ThrowsAsync(FailureKind.Damaged, () => sample.Repository.LoadDocumentAsync(handle, Token));
        else Assert.Equal(expected, Encoding.UTF8.GetString(await sample.Repository.LoadDocumentAsync(handle, Token)));
    }

    [Fact]
    public async Task An_index_that_cannot_be_read_is_named()
    {
        using var sample = await SampleRepository.CreateAsync();
        await sample.SaveBlobsAsync(BlobType.Data, "x"u8.ToArray());
        var index = (await sample.FilesAsync(FileType.Index))[0];
        await sample.TruncateAsync(index, 1);

        var error = await Failing.ThrowsAsync(FailureKind.Damaged, () => sample.Repository.LoadIndexAsync(Token));

        Assert.Contains(index.Id.Short, error.Message, StringComparison.Ordinal);
        Assert.Contains("repair index", error.Hint, StringComparison.Ordinal);
    }

    private static Task<Repository> InitializeAsync(IBackend backend) =>
        Repository.InitializeAsync(backend, SampleRepository.Passphrase, SampleRepository.CheapOptions(), SampleRepository.Client, TimeProvider.System, Token);

    private static async Task WriteConfigAsync(SampleRepository sample, string json)
    {
        byte[] content;
        using (var lease = sample.Repository.Codecs.Rent()) content = lease.Codec.Seal(Encoding.UTF8.GetBytes(json)).ToArray();
        await sample.Backend.WriteAsync(FileHandle.Config, content, Token);
    }
}
