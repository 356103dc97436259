using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Backends.S3;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.S3;

public sealed class S3OptionsTests
{
    [Theory]
    [InlineData("https://s3.amazonaws.com", "us-east-1", false)]
    [InlineData("https://s3.eu-central-1.amazonaws.com", "eu-central-1", false)]
    [InlineData("https://s3.dualstack.eu-west-3.amazonaws.com", "eu-west-3", false)]
    [InlineData("https://s3-eu-west-1.amazonaws.com", "eu-west-1", false)]
    [InlineData("https://s3.cn-north-1.amazonaws.com.cn", "cn-north-1", false)]
    [InlineData("https://storage.googleapis.com", "us-east-1", false)]
    [InlineData("https://s3.example.org:9000", "us-east-1", true)]
    [InlineData("https://notamazonaws.com", "us-east-1", true)]
    public void The_endpoint_tells_region_and_style(string endpoint, string region, bool pathStyle)
    {
        var options = Options(endpoint);
        Assert.Equal((region, pathStyle), (options.SigningRegion, options.UsesPathStyle));
        Assert.Equal("elsewhere", (options with { Region = "elsewhere" }).SigningRegion);
        Assert.True((options with { Bucket = "with.dots" }).UsesPathStyle);
        Assert.False((options with { Addressing = S3Addressing.VirtualHost }).UsesPathStyle);
    }

    [Theory]
    [InlineData("s3:https://s3.example.org:9000/bucket/a/b")]
    [InlineData("s3:http://127.0.0.1:8080/bucket")]
    public void Is_where_an_address_says(string address)
    {
        var location = Assert.IsType<S3Location>(RepositoryLocation.Parse(address));
        Assert.Equal(address, S3Options.At(location).Location);
    }

    [Fact]
    public void Nothing_it_prints_is_secret()
    {
        var options = Options("https://user:hidden@s3.example.org") with { Credentials = new S3Credentials("id", "hidden", "hidden") };
        Assert.Equal("s3:https://s3.example.org/bucket/a/b", options.Location);
        Assert.Contains("id", options.Credentials.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", options.Credentials.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Certificates_that_cannot_be_read_are_an_error_of_usage()
    {
        using var directory = new TempDirectory();
        foreach (var file in new[] { directory["missing"], directory.WriteFile("empty", "no certificate") })
        {
            var failure = Assert.Throws<HoldfastException>(
                () => new S3Backend(Options("https://localhost") with { CertificateAuthorityFile = file }, TimeProvider.System));
            Assert.Equal(FailureKind.Usage, failure.Kind);
        }
    }

    [Fact]
    public void Keys_of_the_environment_go_before_those_of_a_profile()
    {
        using var directory = new TempDirectory();
        var file = directory.WriteFile("credentials", "[default]\naws_access_key_id = filed\naws_secret_access_key = secret\n");
        var options = Apply(
            ("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "key"), ("AWS_SESSION_TOKEN", "token"), ("AWS_SHARED_CREDENTIALS_FILE", file),
            ("AWS_REGION", "second"), ("AWS_DEFAULT_REGION", "first"), ("AWS_CA_BUNDLE", "/ca"));
        Assert.Equal(new S3Credentials("id", "key", "token"), options.Credentials);
        Assert.Equal(("first", "/ca"), (options.Region, options.CertificateAuthorityFile));
    }

    [Fact]
    public void What_the_options_say_goes_before_everything()
    {
        var credentials = new S3Credentials("mine", "key");
        var said = Options("https://localhost") with { Credentials = credentials, Region = "mine", CertificateAuthorityFile = "mine" };
        Assert.Equal(said, S3Environment.Apply(said, name => name.StartsWith("AWS_", StringComparison.Ordinal) ? "theirs" : null));
    }

    [Theory]
    [InlineData(null, "standard", null)]
    [InlineData("other", "second", "temporary")]
    public void Reads_profiles_of_the_shared_file(string? profile, string id, string? token)
    {
        using var directory = new TempDirectory();
        directory.WriteFile(".aws/credentials", """
            [default]
            aws_access_key_id = standard
            aws_secret_access_key = a secret
            [other]
            aws_access_key_id = second
            aws_secret_access_key = b
            aws_session_token = temporary
            """);
        var options = Apply(("HOME", directory.Path), ("AWS_PROFILE", profile));
        Assert.Equal((id, token), (options.Credentials!.AccessKeyId, options.Credentials.SessionToken));
    }

    [Theory]
    [InlineData(null, "there are no credentials")]
    [InlineData("absent", "there is no profile \"absent\"")]
    [InlineData("role", "the profile \"role\" has no access key")]
    public void Says_which_credentials_are_missing(string? profile, string message)
    {
        using var directory = new TempDirectory();
        directory.WriteFile(".aws/credentials", "[role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = y\n[y]\naws_access_key_id = i\naws_secret_access_key = s\n");
        var failure = Assert.Throws<HoldfastException>(() => Apply(("HOME", directory.Path), ("AWS_PROFILE", profile)));
        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
        Assert.Contains("AWS_ACCESS_KEY_ID", failure.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AWS_ACCESS_KEY_ID")]
    [InlineData("AWS_SECRET_ACCESS_KEY")]
    public void Half_of_the_keys_is_an_error(string variable)
    {
        var failure = Assert.Throws<HoldfastException>(() => Apply((variable, "hidden")));
        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.DoesNotContain("hidden", failure.Message, StringComparison.Ordinal);
    }

    private static S3Options Options(string endpoint) => new() { Endpoint = new Uri(endpoint), Bucket = "bucket", Prefix = "a/b" };

    private static S3Options Apply(params (string Name, string? Value)[] variables) => S3Environment.Apply(
        Options("https://localhost"), name => variables.FirstOrDefault(variable => string.Equals(variable.Name, name, StringComparison.Ordinal)).Value);
}
