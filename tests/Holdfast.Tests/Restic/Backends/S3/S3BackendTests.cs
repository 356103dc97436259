using System.Net;
using System.Net.Sockets;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.S3;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Holdfast.Testing.Swift;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.S3;

/// <summary>Against a real server.</summary>
public sealed class S3BackendTests(SharedSwiftServer shared) : BackendContract, IDisposable
{
    private readonly List<S3Backend> _backends = [];
    private readonly string _bucket = SwiftServer.NewBucket();

    public void Dispose() => _backends.ForEach(backend => backend.Dispose());

    [Fact]
    public async Task Stores_big_files_in_parts()
    {
        await CreateAsync();
        var backend = await OpenAsync(SwiftServer.Full, options => options with { MultipartThreshold = 6 << 20, PartSize = 5 << 20 });
        var content = SyntheticTree.RandomBytes(7, (11 << 20) + 17);
        var pack = new FileHandle(FileType.Pack, Id.Of(content));

        await backend.WriteAsync(pack, content, Token);

        Assert.Equal([new StoredFile(pack, content.Length)], await ListAsync(backend, FileType.Pack));
        Assert.Equal(pack.Id, Id.Of(await backend.ReadAllAsync(pack, Token)));
        var range = new byte[100];
        await backend.ReadAsync(pack, (5 << 20) - 50, range, Token);
        Assert.Equal(content[((5 << 20) - 50)..((5 << 20) + 50)], range);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a//b/")]
    [InlineData("a b/ü+%2f")]
    public async Task Keeps_repositories_with_different_prefixes_apart(string prefix)
    {
        var other = await CreateAsync();
        await StoreAsync(other, FileType.Pack, 3);
        var backend = await OpenAsync(SwiftServer.Full, options => options with { Prefix = prefix });
        var (pack, key) = (await StoreAsync(backend, FileType.Pack, 5), await StoreAsync(backend, FileType.Key, 6));

        Assert.Equal([new StoredFile(pack, 5)], await ListAsync(backend, FileType.Pack));
        Assert.Equal([new StoredFile(key, 6)], await ListAsync(backend, FileType.Key));
        Assert.Equal(5, (await backend.ReadAllAsync(pack, Token)).Length);
    }

    [Fact]
    public async Task Passes_over_what_is_not_where_a_reader_looks()
    {
        var backend = await CreateAsync();
        var pack = await StoreAsync(backend, FileType.Pack, 5);
        // Seen from a repository one folder up, these names stand in the wrong place.
        var above = await OpenAsync(SwiftServer.Full, options => options with { Prefix = "some/where/data" });
        await StoreAsync(above, FileType.Key, 7);
        await StoreAsync(above, FileType.Pack, 8);

        Assert.Equal([new StoredFile(pack, 5)], await ListAsync(backend, FileType.Pack));
    }

    [Fact]
    public async Task Without_the_permission_to_delete_everything_else_works()
    {
        var full = await CreateAsync();
        var held = await StoreAsync(full, FileType.Lock, 5);
        var appender = await OpenAsync(SwiftServer.Appender);
        await appender.CreateAsync(Token);
        var pack = await StoreAsync(appender, FileType.Pack, 9);

        var failure = await FailsAsync(FailureKind.Refused, () => appender.DeleteAsync(pack, Token));
        await FailsAsync(FailureKind.Refused, () => appender.DeleteAsync(held, Token));

        Assert.Contains("s3:DeleteObject", failure.Hint, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
        Assert.Equal(9, (await appender.ReadAllAsync(pack, Token)).Length);
    }

    [Fact]
    public async Task A_policy_can_allow_the_deletion_of_locks_alone()
    {
        await CreateAsync();
        var appender = await OpenAsync(SwiftServer.LockingAppender);
        var (held, pack) = (await StoreAsync(appender, FileType.Lock, 5), await StoreAsync(appender, FileType.Pack, 9));

        await appender.DeleteAsync(held, Token);
        await FailsAsync(FailureKind.Refused, () => appender.DeleteAsync(pack, Token));

        Assert.Empty(await ListAsync(appender, FileType.Lock));
        Assert.Single(await ListAsync(appender, FileType.Pack));
    }

    [Fact]
    public async Task A_missing_bucket_is_empty_and_never_made_by_writing()
    {
        var backend = await OpenAsync(SwiftServer.Full);
        Assert.Empty(await ListAsync(backend, FileType.Key));
        Assert.Null(await backend.StatAsync(FileHandle.Config, Token));

        var failure = await FailsAsync(FailureKind.NoRepository, () => StoreAsync(backend, FileType.Key, 1));

        Assert.Contains(_bucket, failure.Message, StringComparison.Ordinal);
        Assert.Empty(await ListAsync(backend, FileType.Key));
    }

    [Fact]
    public async Task Wrong_credentials_are_told_apart_and_never_shown()
    {
        await CreateAsync();
        var wrongSecret = await OpenAsync(new SwiftUser(SwiftServer.Full.AccessKey, "not the secret"));
        var wrongKey = await OpenAsync(new SwiftUser("test:nobody", "not the secret"));

        var first = await FailsAsync(FailureKind.Unavailable, () => ListAsync(wrongSecret, FileType.Key));
        var second = await FailsAsync(FailureKind.Unavailable, () => ListAsync(wrongKey, FileType.Key));
        await FailsAsync(FailureKind.Unavailable, () => wrongSecret.StatAsync(FileHandle.Config, Token));

        Assert.Contains("signature", first.Message, StringComparison.Ordinal);
        Assert.All([first, second], failure => Assert.DoesNotContain("not the secret", failure.ToString() + failure.Hint, StringComparison.Ordinal));
        Assert.All([first, second], failure => Assert.False(failure.IsTransient));
    }

    [Fact]
    public async Task A_wrong_region_is_named()
    {
        await CreateAsync();
        var backend = await OpenAsync(SwiftServer.Full, options => options with { Region = "eu-west-9" });
        var failure = await FailsAsync(FailureKind.Unavailable, () => ListAsync(backend, FileType.Key));
        Assert.Contains("eu-west-9", failure.Message, StringComparison.Ordinal);
        Assert.Contains("AWS_DEFAULT_REGION", failure.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_the_bucket_in_the_name_of_the_host()
    {
        var backend = await CreateAsync();
        var key = await StoreAsync(backend, FileType.Key, 5);
        var port = (await shared.GetAsync()).Endpoint.Port;
        var options = new S3Options
        {
            Endpoint = new Uri($"http://s3.test:{port}"),
            Bucket = _bucket,
            Prefix = "some/where",
            Addressing = S3Addressing.VirtualHost,
            Credentials = new S3Credentials(SwiftServer.Full.AccessKey, SwiftServer.Full.SecretKey),
        };
        var asked = new List<string>();
        using var virtualHost = new S3Backend(options, TimeProvider.System, handler => handler.ConnectCallback = async (context, token) =>
        {
            asked.Add(context.DnsEndPoint.Host);
            var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, token);
            return client.GetStream();
        });

        Assert.Equal([new StoredFile(key, 5)], await ListAsync(virtualHost, FileType.Key));
        Assert.Equal(5, (await virtualHost.ReadAllAsync(key, Token)).Length);
        Assert.Equal([$"{_bucket}.s3.test"], asked.Distinct());
    }

    [Fact]
    public async Task Trusts_the_certificates_it_is_given_and_no_others()
    {
        await CreateAsync();
        await using var front = new TlsFront((await shared.GetAsync()).Endpoint);
        var trusting = await OpenAsync(
            SwiftServer.Full, options => options with { Endpoint = front.Endpoint, CertificateAuthorityFile = front.AuthorityFile });
        var careful = await OpenAsync(SwiftServer.Full, options => options with { Endpoint = front.Endpoint });

        var key = await StoreAsync(trusting, FileType.Key, 5);
        var failure = await FailsAsync(FailureKind.Unavailable, () => StoreAsync(careful, FileType.Key, 6));

        Assert.Contains("not trusted", failure.Message, StringComparison.Ordinal);
        Assert.Contains("AWS_CA_BUNDLE", failure.Hint, StringComparison.Ordinal);
        Assert.Equal([new StoredFile(key, 5)], await ListAsync(trusting, FileType.Key));
    }

    [Fact]
    public async Task A_server_that_goes_away_is_unavailable_until_it_is_back()
    {
        await using var server = await SwiftServer.StartAsync();
        var backend = await OpenAsync(SwiftServer.Full, options => options with { Endpoint = server.Endpoint });
        await backend.CreateAsync(Token);
        var key = await StoreAsync(backend, FileType.Key, 5);

        await server.StopAsync();
        var failure = await FailsAsync(FailureKind.Unavailable, () => backend.ReadAllAsync(key, Token));
        await FailsAsync(FailureKind.Unavailable, () => StoreAsync(backend, FileType.Key, 5));
        await FailsAsync(FailureKind.Unavailable, () => ListAsync(backend, FileType.Key));
        await FailsAsync(FailureKind.Unavailable, () => backend.DeleteAsync(key, Token));
        await FailsAsync(FailureKind.Unavailable, () => backend.CreateAsync(Token));
        await server.StartAgainAsync();

        Assert.True(failure.IsTransient);
        Assert.Contains("endpoint", failure.Hint, StringComparison.Ordinal);
        Assert.Equal([new StoredFile(key, 5)], await ListAsync(backend, FileType.Key));
        await backend.DeleteAsync(key, Token);
    }

    protected override async Task<IBackend> CreateAsync()
    {
        var backend = await OpenAsync(SwiftServer.Full);
        await backend.CreateAsync(Token);
        return backend;
    }

    private async Task<S3Backend> OpenAsync(SwiftUser user, Func<S3Options, S3Options>? change = null)
    {
        var server = await shared.GetAsync();
        var options = new S3Options
        {
            Endpoint = server.Endpoint,
            Bucket = _bucket,
            Prefix = "some/where",
            Credentials = new S3Credentials(user.AccessKey, user.SecretKey),
        };
        var backend = new S3Backend(change?.Invoke(options) ?? options, TimeProvider.System);
        _backends.Add(backend);
        return backend;
    }
}
