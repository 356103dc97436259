using System.Text;

namespace Holdfast.Testing.Swift;

/// <summary>
/// A real S3 service: OpenStack Swift with s3api on loopback, in a directory of its own and as the user who runs the tests. It needs
/// Debian's python3-swift, which has no service of its own. It refuses aws-chunked uploads, as some services do, so that restic can write
/// to it through TLS only (<see cref="TlsFront"/>). Its pages have at most 100 objects.
/// </summary>
public sealed class SwiftServer : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3";
    private const string Program = "swift_server.py";

    private readonly TempDirectory _directory = new();
    private string[] _ports = ["0", "0", "0", "0"];
    private RunningProcess? _process;

    private SwiftServer()
    {
    }

    /// <summary>May do everything.</summary>
    public static SwiftUser Full { get; } = new("test:full", "secret-of-full");

    /// <summary>May read and write, but delete nothing.</summary>
    public static SwiftUser Appender { get; } = new("test:appender", "secret-of-appender");

    /// <summary>May delete locks and nothing else, as rclone's append-only server allows it.</summary>
    public static SwiftUser LockingAppender { get; } = new("test:locker", "secret-of-locker");

    /// <summary>http://127.0.0.1:PORT, which stays the same over a restart.</summary>
    public Uri Endpoint => new($"http://127.0.0.1:{_ports[0]}");

    /// <summary>Starts one, or ends the test where it is not installed.</summary>
    public static async Task<SwiftServer> StartAsync()
    {
        if (!File.Exists("/usr/lib/python3/dist-packages/swift/proxy/server.py")) RealComponent.Missing("python3-swift is not installed");
        var server = new SwiftServer();
        server.WriteFiles();
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>A name that no other test uses.</summary>
    public static string NewBucket() => "bucket-" + Guid.NewGuid().ToString("n")[..12];

    /// <summary>Ends it as a crash does; what was stored remains.</summary>
    public async Task StopAsync()
    {
        if (_process is not { } process) return;
        _process = null;
        await process.DisposeAsync();
    }

    public async Task StartAgainAsync()
    {
        _process = RunningProcess.Start(Python, [_directory[Program], _directory.Path, .. _ports], new Dictionary<string, string?>
        {
            ["PYTHONPATH"] = null,
            ["PYTHONDONTWRITEBYTECODE"] = "1",
        });
        var ready = await _process.WaitForLineAsync(line => line.StartsWith("ready ", StringComparison.Ordinal));
        _ports = ready.Split(' ')[1..];
        using var http = new HttpClient { Timeout = Conditions.Deadline };
        using var answer = await http.GetAsync(new Uri(Endpoint, "healthcheck"));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>What it complained about.</summary>
    public string Log() => File.Exists(_directory["log"]) ? File.ReadAllText(_directory["log"]) : string.Empty;

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }

    private void WriteFiles()
    {
        using var source = typeof(SwiftServer).Assembly.GetManifestResourceStream(Program)!;
        using var reader = new StreamReader(source, Encoding.UTF8);
        _directory.WriteFile(Program, reader.ReadToEnd());
        _directory.WriteFile("swift.conf", "[swift-hash]\nswift_hash_path_suffix = holdfast\n[storage-policy:0]\nname = only\ndefault = yes\n");
        _directory.WriteFile("proxy-server.conf", $"""
            [DEFAULT]
            swift_dir = {_directory.Path}
            bind_port = 0
            log_level = WARNING
            [pipeline:main]
            pipeline = catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth no_delete slo proxy-server
            [app:proxy-server]
            use = egg:swift#proxy
            account_autocreate = true
            [filter:catch_errors]
            use = egg:swift#catch_errors
            [filter:gatekeeper]
            use = egg:swift#gatekeeper
            [filter:healthcheck]
            use = egg:swift#healthcheck
            [filter:cache]
            paste.filter_factory = swift_server:memory_cache
            [filter:listing_formats]
            use = egg:swift#listing_formats
            [filter:s3api]
            use = egg:swift#s3api
            storage_domain = s3.test
            max_bucket_listing = 100
            [filter:tempauth]
            use = egg:swift#tempauth
            {Account(Full)}
            {Account(Appender)}
            {Account(LockingAppender)}
            [filter:no_delete]
            paste.filter_factory = swift_server:no_delete
            users = {Appender.AccessKey}
            users_who_delete_locks = {LockingAppender.AccessKey}
            [filter:slo]
            use = egg:swift#slo
            """);
    }

    // tempauth: user_ACCOUNT_USER = KEY GROUP…
    private static string Account(SwiftUser user) => $"user_{user.AccessKey.Replace(':', '_')} = {user.SecretKey} .admin";
}
