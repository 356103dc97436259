using Holdfast.Engine.Archives;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Archives;

/// <summary>Names of archives.</summary>
public sealed class ArchiveFormatTests
{
    [Theory]
    [InlineData("x.tar.gz", "tar.gz")]
    [InlineData("x.tgz", "tar.gz")]
    [InlineData("X.TAR.ZST.GPG", "tar.zst.gpg")]
    [InlineData("db.bak", "db")]
    [InlineData("servers_db_20260110_012354.db.gpg", "db.gpg")]
    [InlineData("x.sql", "sql")]
    [InlineData("a.b.sql.gz.gpg", "sql.gz.gpg")]
    [InlineData("x.tar", "tar")]
    public void A_name_says_what_the_archive_is(string name, string extension) => Assert.Equal(extension, ArchiveFormat.OfName(name).Extension);

    [Theory]
    [InlineData("x.zip")]
    [InlineData("x.gz")]
    [InlineData("x.gpg")]
    [InlineData(".db")]
    [InlineData("db")]
    [InlineData("")]
    public void Any_other_name_is_refused_with_those_that_there_are(string name)
    {
        var error = Assert.Throws<HoldfastException>(() => ArchiveFormat.OfName(name));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(".tar.zst", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/b/servers_db_20260110_012354.db.gpg", "/b/servers_db_20260110_012354.db.meta")]
    [InlineData("/b/x.tar.gz", "/b/x.tar.gz.meta")]
    public void The_sidecar_is_named_as_the_archive_before_encryption(string archive, string meta) =>
        Assert.Equal(meta, ArchiveMeta.PlaceFor(FilePath.From(archive)).ToString());

    [Theory]
    [InlineData("servers_db_20260110_012354.db.gpg", "2026-01-10T01:23:54Z")]
    [InlineData("nerve_backup_20260110_012354-2.db", "2026-01-10T01:23:54Z")]
    [InlineData("nerve_backup_20261310_012354.db", null)]
    [InlineData("nerve_backup.db", null)]
    public void The_time_in_a_name_is_utc(string name, string? time) =>
        Assert.Equal(time is null ? null : DateTimeOffset.Parse(time, null), ArchiveFileName.TimeIn(FilePath.From(name)));

    [Fact]
    public void A_name_that_was_made_has_its_time_in_it()
    {
        var time = new DateTimeOffset(2026, 1, 10, 3, 23, 54, TimeSpan.FromHours(2));

        var name = ArchiveFileName.Of("servers_db", time, 1, ArchiveFormat.OfExtension("db.gpg"));

        Assert.Equal("servers_db_20260110_012354.db.gpg", name);
        Assert.Equal(time.ToUniversalTime(), ArchiveFileName.TimeIn(FilePath.From(name)));
    }

    [Fact]
    public void Names_in_an_archive_are_printable_and_never_the_same_for_two_files()
    {
        var root = FilePath.From("/r");
        byte[][] names = ["plain"u8.ToArray(), "a\nb"u8.ToArray(), "a%0Ab"u8.ToArray(), "a\\b"u8.ToArray(), [0xff, (byte)'x'], "100% sure"u8.ToArray(), "é"u8.ToArray()];

        var made = names.Select(name => ArchiveNames.OfFile(root.Combine(name), root)).ToList();

        Assert.Equal(["files/plain", "files/a%0Ab", "files/a%250Ab", "files/a%5Cb", "files/%FFx", "files/100% sure", "files/é"], made);
        Assert.All(made, ArchiveNames.RequireSafe);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../b")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("a\u001b[2Jb")]
    public void An_unsafe_name_is_refused(string name) =>
        Assert.Equal(FailureKind.Damaged, Assert.Throws<HoldfastException>(() => ArchiveNames.RequireSafe(name)).Kind);
}
