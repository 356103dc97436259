using Holdfast.Engine.Databases;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Postgres;

public sealed class PostgresAddressTests
{
    [Theory]
    [InlineData("host=/run/postgresql dbname=orchard", "host=/run/postgresql dbname=orchard")]
    [InlineData(" host = a   dbname='it\\'s a \\\\ name' ", "host=a dbname='it\\'s a \\\\ name'")]
    [InlineData("dbname=a\\ b", "dbname='a b'")]
    [InlineData("dbname=''", "dbname=''")]
    [InlineData("postgresql://", "")]
    [InlineData("postgres://user%40x@db.example.org:5433/orch%20ard?sslmode=require&connect_timeout=3", "user='user@x' host=db.example.org port=5433 dbname='orch ard' sslmode=require connect_timeout=3")]
    [InlineData("postgresql://[::1]:5433/a", "host=::1 port=5433 dbname=a")]
    [InlineData("postgresql:///a?host=/run/postgresql", "dbname=a host=/run/postgresql")]
    public void Both_forms_of_libpq_are_understood(string text, string expected)
    {
        Assert.Equal(expected, PostgresAddress.Parse(text).Text);
        Assert.Equal(expected, PostgresAddress.Parse(PostgresAddress.Parse(text).Text).Text);
    }

    [Theory]
    [InlineData("host", "no '='")]
    [InlineData("host='a", "a quote is not closed")]
    [InlineData("hots=a", "known are host")]
    [InlineData("port=0", "no")]
    [InlineData("port=65536", "65535")]
    [InlineData("sslmode=on", "verify-full")]
    [InlineData("host=a,b", "several servers")]
    [InlineData("postgresql://a?dbname", "has no value")]
    public void What_is_wrong_is_said(string text, string expected)
    {
        var error = Assert.Throws<HoldfastException>(() => PostgresAddress.Parse(text));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(expected, error.Message + error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("host=a password=hunter2")]
    [InlineData("postgresql://user:hunter2@a/b")]
    [InlineData("postgresql://a/b?password=hunter2")]
    public void A_password_is_refused_and_not_repeated(string text)
    {
        var error = Assert.Throws<HoldfastException>(() => PostgresAddress.Parse(text));

        Assert.Contains("password", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_is_found_in_the_first_file_that_knows_it()
    {
        using var temp = new TempDirectory();
        var first = FilePath.From(temp.WriteFile("first", "# comment\n[other]\nhost=x\n\n[orchard]\nhost=db\nport=5433\nhost=later\n[last]\nhost=y\n"));
        var second = FilePath.From(temp.WriteFile("second", "[orchard]\nhost=second\n[only]\ndbname=b\n"));
        var absent = FilePath.From(temp["absent"]);

        var settings = PostgresServiceFile.Read("orchard", [absent, first, second]);
        Assert.Equal(["host=db", "port=5433"], settings.Select(setting => $"{setting.Key}={setting.Value}"));
        Assert.Equal("b", PostgresServiceFile.Read("only", [first, second])["dbname"]);
        var error = Assert.Throws<HoldfastException>(() => PostgresServiceFile.Read("nothing", [first]));
        Assert.Equal(FailureKind.NotFound, error.Kind);
    }

    [Fact]
    public void A_line_of_a_service_that_is_no_setting_is_named_without_its_content()
    {
        using var temp = new TempDirectory();
        var file = FilePath.From(temp.WriteFile("services", "[orchard]\nhunter2\n"));

        var error = Assert.Throws<HoldfastException>(() => PostgresServiceFile.Read("orchard", [file]));
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }
}
