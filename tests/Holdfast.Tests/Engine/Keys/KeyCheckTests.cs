using Holdfast.Engine.Files;
using Holdfast.Engine.Keys;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Keys;

public sealed class KeyCheckTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private FilePath State => FilePath.From(_temp["state"]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task What_opens_is_remembered_for_its_place_and_told_when_it_opens_no_more()
    {
        using var sample = await SampleRepository.CreateAsync();
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        Assert.Null(KeyCheck.LastWorked(State, "here"));
        await CheckAsync(sample, clock, SampleRepository.Passphrase);
        clock.Advance(TimeSpan.FromHours(1));

        var record = await CheckAsync(sample, clock, SampleRepository.Passphrase);

        Assert.Equal(sample.Repository.Config.Id, record.Repository);
        Assert.Equal(sample.Repository.Keys.InUse, record.Key);
        Assert.Equal(record, KeyCheck.LastWorked(State, "here"));
        Assert.Null(KeyCheck.LastWorked(State, "there"));
        var error = await Failing.ThrowsAsync(FailureKind.WrongKey, () => CheckAsync(sample, clock, "wrong"u8.ToArray()));
        Assert.Contains($"with key {record.Key.Short}", error.Message, StringComparison.Ordinal);
        Assert.Equal(record, KeyCheck.LastWorked(State, "here"));
    }

    private Task<KeyCheckRecord> CheckAsync(SampleRepository sample, TimeProvider clock, byte[] passphrase) =>
        KeyCheck.RunAsync(token => Repository.OpenAsync(sample.Backend, passphrase, token), "here", State, clock, Token);
}
