using System.CommandLine;
using Holdfast.Cli;
using Holdfast.Cli.Commands;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Cli;

public sealed class ConnectionsOptionTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--connections 3", 3)]
    [InlineData("", null)]
    public void Is_understood_of_every_command(string words, int? expected)
    {
        var options = new GlobalOptions();

        Assert.Equal(expected, options.ConnectionCount(Parsed(options, $"check {words}")));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("2.5")]
    public void Refuses_what_is_no_number_of_requests(string text)
    {
        var options = new GlobalOptions();

        Failing.Throws(FailureKind.Usage, () => options.ConnectionCount(Parsed(options, $"check --connections={text}")));
    }

    [Theory]
    [InlineData(null, 7)]
    [InlineData(3, 3)]
    public async Task Overrules_the_manifest(int? given, int expected)
    {
        await File.WriteAllTextAsync(_folder["holdfast.yaml"], """
            application: orchard
            files: { all: [a] }
            repositories: { far: { rest: "http://127.0.0.1:1/", connections: 7 } }
            """, TestContext.Current.CancellationToken);
        var options = new SessionOptions(null, _folder["holdfast.yaml"], null, null, Json: false, Quiet: true) { Folder = FilePath.From(_folder.Path), Connections = given };
        await using var session = new Session(options, new Screen(TextWriter.Null, TextWriter.Null, Terminal.Options(json: false, quiet: true)), TimeProvider.System);

        Assert.Equal(expected, session.Storage(session.Manifest!.Application.Repositories[0].Address).Settings.Connections);
    }

    private static ParseResult Parsed(GlobalOptions options, string line) => CommandLine.Describe(options, (_, _, _) => Task.FromResult(0)).Parse(line);
}
