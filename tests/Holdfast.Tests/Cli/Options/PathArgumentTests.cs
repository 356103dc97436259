using System.CommandLine;
using Holdfast.Cli.Options;
using Xunit;

namespace Holdfast.Tests.Cli.Options;

public sealed class PathArgumentTests
{
    [Theory]
    [InlineData("rest:http://user:word@host/")]
    [InlineData("sftp:user:word@host:/srv")]
    [InlineData("s3:https://key:word@host/bucket")]
    public void The_address_of_a_repository_is_no_path_and_is_not_repeated(string text)
    {
        var error = Assert.Single(Parse(text).Errors);

        Assert.Contains("--repository", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("word", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("./rest:x")]
    [InlineData("rest")]
    [InlineData("/srv/s3:x")]
    public void A_file_of_such_a_name_is_one(string text) => Assert.Empty(Parse(text).Errors);

    private static ParseResult Parse(string text)
    {
        var command = new Command("save");
        command.Arguments.Add(PathArgument.Create("Files."));
        return command.Parse([text]);
    }
}
