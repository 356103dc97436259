using System.Globalization;
using System.Text.RegularExpressions;

namespace Holdfast.Testing;

/// <summary>A real server of restic's REST protocol on loopback: `rclone serve restic`. Disposing it ends it and removes what it served.</summary>
public sealed partial class RcloneServer : IAsyncDisposable
{
    private readonly TempDirectory _directory;
    private readonly RunningProcess _process;
    private readonly RcloneOptions _options;
    private bool _stopped;

    private RcloneServer(TempDirectory directory, RunningProcess process, RcloneOptions options, int port)
    {
        _directory = directory;
        _process = process;
        _options = options;
        Port = port;
    }

    public int Port { get; }

    /// <summary>The folder that is served; repositories are folders in it.</summary>
    public string Folder => FolderOf(_directory, _options);

    /// <summary>The certificate of the authority, in PEM, where it serves over TLS.</summary>
    public string AuthorityFile => _directory["tls", "authority.pem"];

    /// <summary>What it logged until now.</summary>
    public string Log => _process.Error;

    /// <summary>The address of a repository as restic writes it, with the credentials.</summary>
    public string Repository(string name = "") => Address(name, _options.User is null ? string.Empty : $"{_options.User}:{_options.Password}@");

    /// <summary>The same without credentials, or with others.</summary>
    /// <param name="userInfo">Ends with @ unless it is empty.</param>
    public string Address(string name, string userInfo)
    {
        var scheme = _options.UsesTls ? "https" : "http";
        var path = name.Length == 0 ? string.Empty : name + "/";
        return string.Create(CultureInfo.InvariantCulture, $"rest:{scheme}://{userInfo}127.0.0.1:{Port}/{path}");
    }

    /// <summary>Starts it and waits until it accepts connections. The test ends here where rclone is not installed.</summary>
    public static async Task<RcloneServer> StartAsync(RcloneOptions? options = null)
    {
        var program = RealComponent.Require("rclone");
        options ??= new RcloneOptions();
        var directory = new TempDirectory();
        var folder = Directory.CreateDirectory(FolderOf(directory, options)).FullName;
        List<string> arguments = ["serve", "restic", "-v", "--addr", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{options.Port}")];
        if (options.AppendOnly) arguments.Add("--append-only");
        if (options.UsesTls)
        {
            LoopbackCertificate.Write(directory.CreateDirectory("tls"));
            arguments.AddRange(["--cert", directory["tls", "server.pem"], "--key", directory["tls", "server.key"]]);
        }

        var process = RunningProcess.Start(program, [.. arguments, folder], Environment(directory, options));
        try
        {
            var line = await process.WaitForLineAsync(line => ServingLine().IsMatch(line));
            return new RcloneServer(directory, process, options, int.Parse(ServingLine().Match(line).Groups["port"].Value, CultureInfo.InvariantCulture));
        }
        catch
        {
            await process.DisposeAsync();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Ends it at once, as a server that fails; what it served stays until it is disposed.</summary>
    public async ValueTask StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        await _process.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }

    private static string FolderOf(TempDirectory directory, RcloneOptions options) => options.Folder ?? directory["served"];

    // Settings and credentials by the environment: nothing of the user's, and no password among the arguments.
    private static Dictionary<string, string?> Environment(TempDirectory directory, RcloneOptions options) => new(StringComparer.Ordinal)
    {
        ["RCLONE_CONFIG"] = directory.WriteFile("rclone.conf", string.Empty),
        ["RCLONE_USER"] = options.User,
        ["RCLONE_PASS"] = options.Password,
    };

    [GeneratedRegex(@"Serving restic REST API on .*:(?<port>[0-9]+)/", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ServingLine();
}
