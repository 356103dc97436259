using Holdfast.Testing;
using Holdfast.Testing.Swift;

namespace Holdfast.EndToEnd.Cli;

/// <summary>A place for a repository on a real server, and what the program needs in its environment to reach it.</summary>
internal sealed class FarRepository : IAsyncDisposable
{
    private readonly IAsyncDisposable _server;

    private FarRepository(string address, IAsyncDisposable server, params (string Variable, string Value)[] variables) =>
        (Address, _server, Variables) = (address, server, variables);

    public string Address { get; }

    public IReadOnlyList<(string Variable, string Value)> Variables { get; }

    public static async Task<FarRepository> StartAsync(string kind)
    {
        switch (kind)
        {
            case "rest":
                var rclone = await RcloneServer.StartAsync(new RcloneOptions { User = "me", Password = "secret word" });
                return new FarRepository(rclone.Address("orchard", string.Empty), rclone, ("RESTIC_REST_USERNAME", "me"), ("RESTIC_REST_PASSWORD", "secret word"));
            case "append-only":
                var safe = await RcloneServer.StartAsync(new RcloneOptions { AppendOnly = true });
                return new FarRepository(safe.Repository("orchard"), safe);
            case "sftp":
                var ssh = await SshServer.StartAsync();
                return new FarRepository($"sftp:{ssh.Host}:{ssh.Folder}/orchard", ssh, ("HOLDFAST_SFTP_ARGS", string.Join(' ', ssh.ClientArguments)));
            default:
                var swift = await SwiftServer.StartAsync();
                var user = kind == "s3-append-only" ? SwiftServer.Appender : SwiftServer.Full;
                return new FarRepository(
                    $"s3:{swift.Endpoint}{SwiftServer.NewBucket()}/orchard", swift, ("AWS_ACCESS_KEY_ID", user.AccessKey), ("AWS_SECRET_ACCESS_KEY", user.SecretKey));
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
