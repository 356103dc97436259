using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Backends.Sftp;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.Sftp;

/// <summary>The SFTP client through the system's ssh against a real OpenSSH server.</summary>
public sealed class SftpBackendTests(SshServers servers) : BackendContract, IClassFixture<SshServers>, IAsyncDisposable
{
    private readonly List<SftpBackend> _backends = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var backend in _backends) await backend.DisposeAsync();
    }

    [Fact]
    public async Task Lays_files_out_as_restic_does_for_the_owner_alone()
    {
        var server = await servers.GetAsync();
        var folder = Path.Combine(server.Folder, "layout", "below");
        var backend = Connect(server, folder);
        await backend.CreateAsync(Token);
        await backend.WriteAsync(FileHandle.Config, new byte[5], Token);
        var pack = (await StoreAsync(backend, FileType.Pack, 5)).Id.ToString();

        Assert.Equal(256, Directory.GetDirectories(Path.Combine(folder, "data")).Length);
        Assert.All(Directory.GetDirectories(folder, "*", SearchOption.AllDirectories), path => Assert.Equal(0x1C0, (int)File.GetUnixFileMode(path)));
        Assert.Equal(
            [Path.Combine(folder, "config"), Path.Combine(folder, "data", pack[..2], pack)],
            Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(folder, "*", SearchOption.AllDirectories), path => Assert.Equal(0x100, (int)File.GetUnixFileMode(path)));
    }

    [Fact]
    public async Task Shares_with_the_group_where_the_config_is_shared()
    {
        var server = await servers.GetAsync();
        var folder = Path.Combine(server.Folder, "shared");
        var first = Connect(server, folder);
        await first.CreateAsync(Token);
        await first.WriteAsync(FileHandle.Config, new byte[5], Token);
        File.SetUnixFileMode(Path.Combine(folder, "config"), (UnixFileMode)0x120);
        Directory.Delete(Path.Combine(folder, "keys"));

        var key = await StoreAsync(Connect(server, folder), FileType.Key, 5);

        Assert.Equal(0x120, (int)File.GetUnixFileMode(Path.Combine(folder, "keys", key.Id.ToString())));
        Assert.Equal(0x1F8, (int)File.GetUnixFileMode(Path.Combine(folder, "keys")));
    }

    [Fact]
    public async Task Never_makes_the_root_anew_by_writing()
    {
        var server = await servers.GetAsync();
        var folder = Path.Combine(server.Folder, "not mounted");
        var backend = Connect(server, folder);
        await FailsAsync(FailureKind.NoRepository, () => StoreAsync(backend, FileType.Pack, 5));
        Assert.False(Path.Exists(folder));
        Assert.Empty(await ListAsync(backend, FileType.Pack));
    }

    [Fact]
    public async Task Passes_over_everything_that_restic_does_not_store()
    {
        var server = await servers.GetAsync();
        var folder = Path.Combine(server.Folder, "strange");
        var backend = Connect(server, folder);
        await backend.CreateAsync(Token);
        var pack = await StoreAsync(backend, FileType.Pack, 5);
        var name = Id.Random().ToString();
        var tree = new SyntheticTree(folder);
        tree.File("data/plain file", "x"u8).File($"data/00/00{name[2..]}-restic-temp-1234", "x"u8).File("data/00/caf\udce9", "x"u8);
        tree.Directory("data/extra").Directory("data/00/00" + name[2..]).File("data/00/ff" + name[2..], "x"u8);
        Directory.Delete(Path.Combine(folder, "locks"));

        Assert.Equal([new StoredFile(pack, 5)], await ListAsync(backend, FileType.Pack));
        Assert.Empty(await ListAsync(backend, FileType.Lock));
    }

    [Fact]
    public async Task A_lost_connection_is_told_and_the_next_operation_makes_a_new_one()
    {
        await using var server = await SshServer.StartAsync();
        var backend = Connect(server, Path.Combine(server.Folder, "a"));
        await backend.CreateAsync(Token);
        var pack = await StoreAsync(backend, FileType.Pack, 100);

        await server.StopAsync();
        var failure = await FailsAsync(FailureKind.Unavailable, () => backend.ReadAllAsync(pack, Token));
        Assert.True(failure.IsTransient);
        Assert.Contains("refused", (await FailsAsync(FailureKind.Unavailable, () => backend.StatAsync(pack, Token))).Message, StringComparison.Ordinal);

        await server.RestartAsync();
        Assert.Equal(new byte[100], await backend.ReadAllAsync(pack, Token));
    }

    [Fact]
    public async Task A_cut_in_the_middle_of_an_upload_leaves_no_file_of_that_name()
    {
        await using var server = await SshServer.StartAsync();
        await using var line = new CutLine(server.Port);
        var folder = Path.Combine(server.Folder, "cut");
        var backend = Connect(server, folder, line);
        await backend.CreateAsync(Token);
        var content = SyntheticTree.RandomBytes(1, 64_000_000);
        var pack = new FileHandle(FileType.Pack, Id.Of(content));

        line.CutAfter(32_000_000, mends: true);
        await FailsAsync(FailureKind.Unavailable, () => backend.WriteAsync(pack, content, Token));

        Assert.Equal(1, line.Cuts);
        Assert.Null(await backend.StatAsync(pack, Token));
        Assert.Empty(await ListAsync(backend, FileType.Pack));
        await backend.WriteAsync(pack, content, Token);
        Assert.Equal(pack.Id, Id.Of(await backend.ReadAllAsync(pack, Token)));
    }

    [Fact]
    public async Task A_cancelled_upload_leaves_nothing_behind()
    {
        var server = await servers.GetAsync();
        await using var line = new CutLine(server.Port);
        var folder = Path.Combine(server.Folder, "cancelled");
        var backend = Connect(server, folder, line);
        await backend.CreateAsync(Token);
        line.HoldAfter(16_000_000);
        using var cancelled = new CancellationTokenSource();

        var writing = backend.WriteAsync(new FileHandle(FileType.Pack, Id.Random()), new byte[64_000_000], cancelled.Token);
        await line.WaitUntilHeldAsync();
        await Conditions.Eventually("the upload has begun", () => Directory.GetFiles(Path.Combine(folder, "data"), "*", SearchOption.AllDirectories).Length > 0);
        await cancelled.CancelAsync();
        line.Release();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);

        Assert.Empty(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        Assert.Empty(await ListAsync(backend, FileType.Pack));
    }

    [Fact]
    public async Task What_ssh_says_is_in_the_failure()
    {
        var server = await servers.GetAsync();
        var options = new SftpOptions { Arguments = [.. server.ClientArguments, "-o", "UserKnownHostsFile=/dev/null"] };
        var backend = Connect(new SftpLocation(server.Host, null, null, "/tmp"), options);

        var failure = await FailsAsync(FailureKind.Unavailable, () => backend.StatAsync(FileHandle.Config, Token));

        Assert.Contains("Host key verification failed", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task A_server_that_only_lets_files_be_read_refuses_changes()
    {
        await using var server = await SshServer.StartAsync("internal-sftp -R");
        var backend = Connect(server, Path.Combine(server.Folder));
        await FailsAsync(FailureKind.Refused, () => backend.CreateAsync(Token));
        await FailsAsync(FailureKind.Refused, () => StoreAsync(backend, FileType.Lock, 10));
        Assert.Null(await backend.StatAsync(FileHandle.Config, Token));
    }

    [Theory]
    [InlineData("echo", "hello, I am a login script")]
    [InlineData("true")]
    [InlineData("sh", "-c", "echo it hurts >&2; exit 3")]
    public async Task What_is_no_server_is_told_as_such(params string[] command)
    {
        var backend = Connect(new SftpLocation("host", null, null, "/x"), new SftpOptions { Command = command });
        var failure = await FailsAsync(FailureKind.Unavailable, () => backend.StatAsync(FileHandle.Config, Token));
        Assert.Contains(command[0] switch { "echo" => "login scripts", "true" => "no connection", _ => "it hurts" }, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_ssh_is_told_with_what_to_install()
    {
        var backend = Connect(new SftpLocation("host", null, null, "/x"), new SftpOptions { Command = ["holdfast-no-such-program"] });
        Assert.Contains("apt install", (await FailsAsync(FailureKind.Failed, () => backend.StatAsync(FileHandle.Config, Token))).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up()
    {
        var options = new SftpOptions { Command = ["sleep", "600"], StallTimeout = TimeSpan.FromMilliseconds(200) };
        var failure = await FailsAsync(
            FailureKind.Unavailable, () => Connect(new SftpLocation("host", null, null, "/x"), options).StatAsync(FileHandle.Config, Token));
        Assert.True(failure.IsTransient);
    }

    [Theory]
    [InlineData("-oProxyCommand=touch /tmp/x", null)]
    [InlineData("host", "-oProxyCommand=x")]
    public void Names_that_ssh_would_take_for_options_are_refused(string host, string? user) =>
        Assert.Equal(
            FailureKind.Usage,
            Assert.Throws<HoldfastException>(() => Connect(new SftpLocation(host, user, null, "/x"), new SftpOptions())).Kind);

    protected override async Task<IBackend> CreateAsync()
    {
        var server = await servers.GetAsync();
        var backend = Connect(server, Path.Combine(server.Folder, Id.Random().Short));
        await backend.CreateAsync(Token);
        return backend;
    }

    private IBackend Connect(SshServer server, string folder, CutLine? line = null) => Connect(
        new SftpLocation(server.Host, null, null, folder), new SftpOptions { Arguments = line is null ? server.ClientArguments : server.ArgumentsThrough(line.Port) });

    private IBackend Connect(SftpLocation location, SftpOptions options)
    {
        var backend = new SftpBackend(location, options, TimeProvider.System);
        _backends.Add(backend);
        return backend;
    }
}
