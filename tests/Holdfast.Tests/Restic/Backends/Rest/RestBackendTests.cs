using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Backends.Rest;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.Rest;

/// <summary>The REST client against a real server, `rclone serve restic`.</summary>
public sealed class RestBackendTests(RestServers servers) : BackendContract, IClassFixture<RestServers>, IDisposable
{
    private readonly List<RestBackend> _backends = [];

    // What rclone writes into a folder has its name from the beginning.
    protected override bool ListsFilesBeingWritten => true;

    public void Dispose() => _backends.ForEach(backend => backend.Dispose());

    [Fact]
    public async Task Files_lie_on_the_server_where_restic_looks_for_them()
    {
        var server = await servers.GetAsync();
        var backend = Connect(server.Repository("layout"));
        await backend.CreateAsync(Token);
        var pack = await StoreAsync(backend, FileType.Pack, 5);
        var snapshot = await StoreAsync(backend, FileType.Snapshot, 6);
        await backend.WriteAsync(FileHandle.Config, new byte[7], Token);

        var name = pack.Id.ToString();
        var sizes = new[] { $"data/{name[..2]}/{name}", $"snapshots/{snapshot.Id}", "config" }
            .Select(path => new FileInfo(Path.Combine(server.Folder, "layout", path)).Length);
        Assert.Equal([5, 6, 7], sizes);
    }

    [Fact]
    public async Task Append_only_storage_takes_new_files_and_gives_up_nothing_but_locks()
    {
        await using var server = await RcloneServer.StartAsync(new RcloneOptions { AppendOnly = true });
        var backend = Connect(server.Repository("safe"));
        await backend.CreateAsync(Token);
        var content = SyntheticTree.RandomBytes(1, 1000);
        var pack = new FileHandle(FileType.Pack, Id.Of(content));
        await backend.WriteAsync(pack, content, Token);
        var held = await StoreAsync(backend, FileType.Lock, 10);

        var refusal = await FailsAsync(FailureKind.Refused, () => backend.DeleteAsync(pack, Token));
        Assert.Contains("append-only", refusal.Hint, StringComparison.Ordinal);
        await FailsAsync(FailureKind.Refused, () => backend.WriteAsync(pack, new byte[1000], Token));
        await backend.DeleteAsync(held, Token);

        Assert.Equal(content, await backend.ReadAllAsync(pack, Token));
        Assert.Empty(await ListAsync(backend, FileType.Lock));
    }

    [Fact]
    public async Task A_file_that_is_there_as_it_was_to_be_counts_as_stored()
    {
        await using var server = await RcloneServer.StartAsync(new RcloneOptions { AppendOnly = true });
        var backend = Connect(server.Repository());
        var content = SyntheticTree.RandomBytes(1, 2_000_000);
        var pack = new FileHandle(FileType.Pack, Id.Of(content));
        await backend.WriteAsync(pack, content, Token);
        await backend.WriteAsync(pack, content, Token);
        Assert.Equal(content, await backend.ReadAllAsync(pack, Token));
    }

    [Theory]
    [InlineData("wrong:word@", "wrong:word")]
    [InlineData("", "")]
    public async Task A_wrong_password_is_said_without_any_password(string userInfo, string secret)
    {
        await using var server = await RcloneServer.StartAsync(new RcloneOptions { User = "me", Password = "pass/word:1" });
        var backend = Connect(server.Address("a", userInfo));

        var failure = await FailsAsync(FailureKind.Unavailable, () => backend.StatAsync(FileHandle.Config, Token));

        Assert.False(failure.IsTransient);
        Assert.Contains("user name and password", failure.Message, StringComparison.Ordinal);
        if (secret.Length > 0) Assert.DoesNotContain("word:", failure.ToString() + failure.Hint + backend.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_come_from_the_address_or_else_from_the_environment()
    {
        await using var server = await RcloneServer.StartAsync(new RcloneOptions { User = "me", Password = "pass word:1%" });
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["RESTIC_REST_USERNAME"] = "me",
            ["RESTIC_REST_PASSWORD"] = "pass word:1%",
        };

        var escaped = Connect(server.Address("a", $"me:{Uri.EscapeDataString("pass word:1%")}@"));
        var environment = Connect(server.Address("a", string.Empty), RestOptions.FromEnvironment(name => variables.GetValueOrDefault(name)));

        Assert.Null(await escaped.StatAsync(FileHandle.Config, Token));
        Assert.Null(await environment.StatAsync(FileHandle.Config, Token));
    }

    [Fact]
    public async Task Tls_is_spoken_to_servers_of_the_authority_that_was_named_and_to_no_others()
    {
        await using var server = await RcloneServer.StartAsync(new RcloneOptions { UsesTls = true });
        var trusting = Connect(server.Repository("a"), new RestOptions { CertificateAuthorityFile = server.AuthorityFile });
        var wary = Connect(server.Repository("a"));

        var pack = await StoreAsync(trusting, FileType.Pack, 3_000_000);
        Assert.Equal(new byte[3_000_000], await trusting.ReadAllAsync(pack, Token));

        var failure = await FailsAsync(FailureKind.Unavailable, () => wary.StatAsync(pack, Token));
        Assert.Contains("RESTIC_CACERT", failure.Hint, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task A_file_without_certificates_is_refused()
    {
        using var directory = new TempDirectory();
        foreach (var path in new[] { directory.WriteFile("empty", "no certificate"), directory["missing"] })
        {
            await FailsAsync(FailureKind.Usage, () =>
            {
                Connect("rest:https://localhost/", new RestOptions { CertificateAuthorityFile = path });
                return Task.CompletedTask;
            });
        }
    }

    [Fact]
    public async Task A_server_that_went_away_can_be_tried_again_and_one_that_came_back_is_used()
    {
        using var kept = new TempDirectory();
        var first = await RcloneServer.StartAsync(new RcloneOptions { Folder = kept });
        var backend = Connect(first.Repository("a"));
        FileHandle pack;
        await using (first)
        {
            pack = await StoreAsync(backend, FileType.Pack, 100);
            await first.StopAsync();
            var failure = await FailsAsync(FailureKind.Unavailable, () => backend.ReadAllAsync(pack, Token));
            Assert.True(failure.IsTransient);
            await FailsAsync(FailureKind.Unavailable, () => StoreAsync(backend, FileType.Pack, 100));
            await FailsAsync(FailureKind.Unavailable, () => ListAsync(backend, FileType.Pack));
        }

        await using var second = await RcloneServer.StartAsync(new RcloneOptions { Folder = kept, Port = first.Port });
        Assert.Equal([new StoredFile(pack, 100)], await ListAsync(backend, FileType.Pack));
    }

    protected override async Task<IBackend> CreateAsync()
    {
        var server = await servers.GetAsync();
        var backend = Connect(server.Repository(Id.Random().Short));
        await backend.CreateAsync(Token);
        return backend;
    }

    private IBackend Connect(string address, RestOptions? options = null)
    {
        var backend = new RestBackend((RestLocation)RepositoryLocation.Parse(address), options ?? new RestOptions(), TimeProvider.System);
        _backends.Add(backend);
        return backend;
    }
}
