using System.Globalization;
using Holdfast.Testing;

namespace Holdfast.EndToEnd.Cli;

/// <summary>
/// A repository on a real server that ends and begins again, with what it stored, in a folder that a test can look into. The way to it is a line that
/// can hold an upload.
/// </summary>
internal sealed class RestartedPlace : IAsyncDisposable
{
    private readonly string _repository;
    private readonly SshServer? _ssh;
    private readonly string _folder;
    private RcloneServer? _rclone;

    private RestartedPlace(string folder, RcloneServer? rclone, SshServer? ssh, string repository)
    {
        (_folder, _rclone, _ssh, _repository) = (folder, rclone, ssh, repository);
        Line = new CutLine(rclone?.Port ?? ssh!.Port);
        Address = rclone is null ? $"sftp:{ssh!.Host}:{repository}" : string.Create(CultureInfo.InvariantCulture, $"rest:http://127.0.0.1:{Line.Port}/app/");
        Variables = ssh is null ? [] : [("HOLDFAST_SFTP_ARGS", string.Join(' ', ssh.ArgumentsThrough(Line.Port)))];
    }

    public CutLine Line { get; }

    public string Address { get; }

    public IReadOnlyList<(string Variable, string Value)> Variables { get; }

    /// <summary>Every file among the packs, whole or not.</summary>
    public IReadOnlyList<FileInfo> Packs =>
        Directory.Exists(Path.Combine(_repository, "data")) ? [.. new DirectoryInfo(Path.Combine(_repository, "data")).EnumerateFiles("*", SearchOption.AllDirectories)] : [];

    /// <param name="kind">rest or sftp.</param>
    /// <param name="folder">Where the server keeps its files.</param>
    public static async Task<RestartedPlace> StartAsync(string kind, string folder)
    {
        if (kind == "rest")
            return new RestartedPlace(folder, await RcloneServer.StartAsync(new RcloneOptions { Folder = folder }), null, Path.Combine(folder, "app"));
        return new RestartedPlace(folder, null, await SshServer.StartAsync(), Path.Combine(folder, "app"));
    }

    public async Task StopAsync()
    {
        if (_ssh is not null) await _ssh.StopAsync();
        if (_rclone is not null) await _rclone.StopAsync();
    }

    public async Task StartAgainAsync()
    {
        if (_ssh is not null) await _ssh.RestartAsync();
        if (_rclone is null) return;
        var port = _rclone.Port;
        await _rclone.DisposeAsync();
        _rclone = await RcloneServer.StartAsync(new RcloneOptions { Folder = _folder, Port = port });
    }

    public async ValueTask DisposeAsync()
    {
        await Line.DisposeAsync();
        if (_ssh is not null) await _ssh.DisposeAsync();
        if (_rclone is not null) await _rclone.DisposeAsync();
    }
}
