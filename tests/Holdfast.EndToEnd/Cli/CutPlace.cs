using System.Globalization;
using Holdfast.Testing;
using Holdfast.Testing.Swift;

namespace Holdfast.EndToEnd.Cli;

/// <summary>A place for a repository on a real server at the other end of a line that can be cut.</summary>
internal sealed class CutPlace : IAsyncDisposable
{
    private readonly IAsyncDisposable _server;

    private CutPlace(CutLine line, IAsyncDisposable server, string address, params (string Variable, string Value)[] variables) =>
        (Line, _server, Address, Variables) = (line, server, address, variables);

    public CutLine Line { get; }

    public string Address { get; }

    public IReadOnlyList<(string Variable, string Value)> Variables { get; }

    public static async Task<CutPlace> StartAsync(string kind)
    {
        if (kind == "rest")
        {
            var rclone = await RcloneServer.StartAsync();
            var line = new CutLine(rclone.Port);
            return new CutPlace(line, rclone, string.Create(CultureInfo.InvariantCulture, $"rest:http://127.0.0.1:{line.Port}/app/"));
        }

        var swift = await SwiftServer.StartAsync();
        var toSwift = new CutLine(swift.Endpoint.Port);
        return new CutPlace(
            toSwift,
            swift,
            string.Create(CultureInfo.InvariantCulture, $"s3:http://127.0.0.1:{toSwift.Port}/{SwiftServer.NewBucket()}/app"),
            ("AWS_ACCESS_KEY_ID", SwiftServer.Full.AccessKey),
            ("AWS_SECRET_ACCESS_KEY", SwiftServer.Full.SecretKey));
    }

    public async ValueTask DisposeAsync()
    {
        await Line.DisposeAsync();
        await _server.DisposeAsync();
    }
}
