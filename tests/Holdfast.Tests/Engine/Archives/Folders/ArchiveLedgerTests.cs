using Holdfast.Engine.Archives.Folders;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Archives.Folders;

public sealed class ArchiveLedgerTests : IDisposable
{
    private static readonly DateTimeOffset Time = new(2026, 1, 5, 14, 30, 0, TimeSpan.FromHours(1));

    private readonly TempDirectory _temp = new();

    private ArchiveLedger Ledger => new(FilePath.From(_temp.Path));

    [Fact]
    public void Comes_back_as_it_was_and_one_that_is_not_there_is_empty()
    {
        Assert.Empty(Ledger.Read());
        var entry = new LedgerEntry("shop.db", Time, 7, Verified: true, "12ab", "its backup was incomplete");

        Ledger.Write([entry]);

        Assert.Equal(entry, Assert.Single(Ledger.Read()).Value);
    }

    [Fact]
    public void Of_an_older_one_content_and_doubt_are_not_known()
    {
        Write("""{"archives":[{"name":"shop.db","time":"2026-01-05T14:30:00+01:00","bytes":7,"verified":true}]}""");

        Assert.Equal(new LedgerEntry("shop.db", Time, 7, Verified: true), Ledger.Read()["shop.db"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"archives":null}""")]
    [InlineData("""{"archives":[{"name":"shop.db","bytes":7,"verified":true}]}""")]
    [InlineData("""{"archives":[{"time":"2026-01-05T14:30:00Z","bytes":7,"verified":true}]}""")]
    [InlineData("""{"archives":[{"name":"a","time":"2026-01-05T14:30:00Z","bytes":7,"verified":true},{"name":"a","time":"2026-01-05T14:30:00Z","bytes":7,"verified":true}]}""")]
    public void What_does_not_say_what_retention_must_know_is_damage(string json)
    {
        Write(json);

        var error = Assert.Throws<HoldfastException>(() => Ledger.Read());

        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.Contains("move it away", error.Hint, StringComparison.Ordinal);
    }

    public void Dispose() => _temp.Dispose();

    private void Write(string json) => _temp.WriteFile(".holdfast-archives.json", json);
}
