using FsCheck;
using FsCheck.Fluent;
using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.Locations;

public sealed class RepositoryLocationTests
{
    private const string Secret = "s3cr3t";

    // Pieces that mean something to one of the parsers, beside ordinary ones.
    private static readonly string[] Pieces =
        ["a", "B", "9", "-", ".", "..", "/", "//", ":", "@", "%41", "%", "~", " ", "[", "]", "::1", "?", "#", "\\", "é", "\n", "host", "8000", Secret];

    private static readonly string[] Schemes =
        ["", "rest:", "rest:http://", "rest:https://", "sftp:", "sftp://", "s3:", "s3://", "s3:http://", "s3:https://", "local:", "swift:", "other:"];

    private static Gen<string> Addresses =>
        from scheme in Gen.Elements(Schemes)
        from pieces in Gen.ListOf(Gen.Elements(Pieces))
        select scheme + string.Concat(pieces);

    [Theory]
    [InlineData("/srv/backups", "/srv/backups", "/srv/backups")]
    [InlineData("local:/srv/backups", "/srv/backups", "/srv/backups")]
    [InlineData("local:a:b", "a:b", "local:a:b")]
    [InlineData("/srv/10:30", "/srv/10:30", "/srv/10:30")]
    [InlineData("./rest:x", "./rest:x", "./rest:x")]
    [InlineData("backups", "backups", "backups")]
    public void Paths(string text, string path, string shown)
    {
        var location = Assert.IsType<LocalLocation>(RepositoryLocation.Parse(text));
        Assert.Equal(path, location.Path);
        Assert.Equal(shown, location.ToString());
    }

    [Theory]
    [InlineData("rest:https://host:8000/", "https://host:8000/", null, null)]
    [InlineData("rest:http://host", "http://host/", null, null)]
    [InlineData("rest:https://user:pass@host/a/b", "https://host/a/b/", "user", "pass")]
    [InlineData("rest:https://us%40er:p%3Aa%2Fs@host/a/", "https://host/a/", "us@er", "p:a/s")]
    [InlineData("rest:https://user@host/", "https://host/", "user", null)]
    [InlineData("rest:https://user:@host/", "https://host/", "user", "")]
    [InlineData("rest:http://[::1]:8000/x", "http://[::1]:8000/x/", null, null)]
    public void Rest(string text, string address, string? user, string? password)
    {
        var location = Assert.IsType<RestLocation>(RepositoryLocation.Parse(text));
        Assert.Equal(new RestLocation(new Uri(address), user, password), location);
        Assert.Equal(address, location.Address.AbsoluteUri);
    }

    [Theory]
    [InlineData("sftp:user@host:/srv/repo", "host", "user", null, "/srv/repo")]
    [InlineData("sftp:user@host:srv/repo/", "host", "user", null, "srv/repo")]
    [InlineData("sftp:host:", "host", null, null, ".")]
    [InlineData("sftp:me@there@host:a//./b", "host", "me@there", null, "a/b")]
    [InlineData("sftp:host:a:b", "host", null, null, "a:b")]
    [InlineData("sftp:host:./a@b", "host", null, null, "a@b")]
    [InlineData("sftp://user@host:22022//srv/repo", "host", "user", 22022, "/srv/repo")]
    [InlineData("sftp://user@host/srv/repo", "host", "user", null, "srv/repo")]
    [InlineData("sftp://host/", "host", null, null, ".")]
    [InlineData("sftp://[::1]:22//srv/a%20b", "::1", null, 22, "/srv/a b")]
    [InlineData("sftp://[fe80::1]//srv/../x", "fe80::1", null, null, "/x")]
    public void Sftp(string text, string host, string? user, int? port, string path) =>
        Assert.Equal(new SftpLocation(host, user, port, path), RepositoryLocation.Parse(text));

    [Theory]
    [InlineData("s3:https://host/bucket", "https://host/", "bucket", "")]
    [InlineData("s3:http://127.0.0.1:9000/bucket/a/b/", "http://127.0.0.1:9000/", "bucket", "a/b")]
    [InlineData("s3:s3.amazonaws.com/bucket", "https://s3.amazonaws.com/", "bucket", "")]
    [InlineData("s3://host:8080/bucket/a//b", "https://host:8080/", "bucket", "a/b")]
    public void S3(string text, string endpoint, string bucket, string prefix)
    {
        var location = Assert.IsType<S3Location>(RepositoryLocation.Parse(text));
        Assert.Equal(new S3Location(new Uri(endpoint), bucket, prefix), location);
        Assert.Equal(!text.Contains("http:", StringComparison.Ordinal), location.UsesTls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("local:")]
    [InlineData("a\0b")]
    [InlineData("rest:")]
    [InlineData("rest:ftp://host/")]
    [InlineData("rest:host/path")]
    [InlineData("rest:http+unix:///run/rest.sock:/x")]
    [InlineData("rest:https://host/?a=b")]
    [InlineData("rest:https://us%3Aer:x@host/")]
    [InlineData("sftp:host")]
    [InlineData("sftp::/srv")]
    [InlineData("sftp:-oProxyCommand=x:/srv")]
    [InlineData("sftp:-l@host:/srv")]
    [InlineData("sftp://-oProxyCommand=x/srv")]
    [InlineData("sftp://host")]
    [InlineData("sftp://host:port/srv")]
    [InlineData("sftp://host:0/srv")]
    [InlineData("sftp://host:65536/srv")]
    [InlineData("sftp://user:word@host//srv")]
    [InlineData("sftp:host:~/srv")]
    [InlineData("sftp:a b:/srv")]
    [InlineData("sftp:user:word@host:/srv")]
    [InlineData("sftp:user:word@host")]
    [InlineData("s3:")]
    [InlineData("s3:host")]
    [InlineData("s3:host/")]
    [InlineData("s3:https:///bucket")]
    [InlineData("s3:https://key:word@host/bucket")]
    [InlineData("s3:host/bucket/../other")]
    [InlineData("swift:container:/path")]
    [InlineData("b2:bucket")]
    [InlineData("unknown:thing")]
    public void What_is_wrong_is_told_as_a_mistake_of_the_command_line(string text) =>
        Assert.Equal(FailureKind.Usage, Assert.Throws<HoldfastException>(() => RepositoryLocation.Parse(text)).Kind);

    [Fact]
    public void A_password_is_shown_as_stars() =>
        Assert.Equal("rest:https://user:***@host:8000/a/", RepositoryLocation.Parse("rest:https://user:word@host:8000/a").ToString());

    [Fact]
    public void No_password_gets_into_the_text_or_an_error()
    {
        var addresses =
            from scheme in Gen.Elements("rest:https://", "rest:http://", "rest:", "s3:https://", "s3:", "sftp://", "other:", "sftp:")
            from rest in Gen.ListOf(Gen.Elements(Pieces.Where(piece => piece is not Secret)))
            select $"{scheme}user:{Secret}@{string.Concat(rest)}";
        Property.Check(addresses, 1000, text => !Outcome(text).Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_text_is_understood_or_refused_and_no_text_harms_a_terminal()
    {
        Property.Check(Addresses, 1000, text => !Outcome(text).Any(char.IsControl));
    }

    [Fact]
    public void What_is_shown_means_the_same_place()
    {
        Property.Check(Addresses.Where(text => !text.Any(char.IsControl)), 1000, text =>
        {
            if (TryParse(text) is not { } location || location is RestLocation { Password: not null }) return true;
            return RepositoryLocation.Parse(location.ToString()) == location;
        });
    }

    private static string Outcome(string text)
    {
        try
        {
            return RepositoryLocation.Parse(text).ToString();
        }
        catch (HoldfastException failure)
        {
            Assert.Equal(FailureKind.Usage, failure.Kind);
            return failure.Message + failure.Hint;
        }
    }

    private static RepositoryLocation? TryParse(string text)
    {
        try
        {
            return RepositoryLocation.Parse(text);
        }
        catch (HoldfastException)
        {
            return null;
        }
    }
}
