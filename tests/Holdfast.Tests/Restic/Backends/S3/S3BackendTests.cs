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
