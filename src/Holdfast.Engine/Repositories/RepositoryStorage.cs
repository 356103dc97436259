using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Backends.Rest;
using Holdfast.Restic.Backends.S3;
using Holdfast.Restic.Backends.Sftp;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Repositories;

/// <summary>The storage of a repository, with all that is laid over one that is far away: a cache, limits, another attempt, a count.</summary>
public sealed class RepositoryStorage : IAsyncDisposable
{
    private readonly IBackend _bottom;
    private readonly TrafficCount? _count;
    private readonly ConcurrencyLimit? _limit;

    private RepositoryStorage(IBackend backend, IBackend bottom, TrafficCount? count, ConcurrencyLimit? limit) =>
        (Backend, _bottom, _count, _limit) = (backend, bottom, count, limit);

    public IBackend Backend { get; }

    /// <summary>What was asked of the storage so far; null for a folder of this machine.</summary>
    public BackendTraffic? Traffic => _count?.Traffic;

    /// <exception cref="Restic.Failures.HoldfastException">Usage: credentials or certificates are missing or cannot be read.</exception>
    public static async Task<RepositoryStorage> OpenAsync(RepositoryAddress address, StorageOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (address.Folder is { } folder)
        {
            var local = new LocalBackend(folder.ToString());
            return new RepositoryStorage(local, local, null, null);
        }

        var bottom = await ConnectAsync(address.Location, options, clock, cancellationToken).ConfigureAwait(false);
        var count = new TrafficCount(bottom);
        var limit = new ConcurrencyLimit(count, options.Settings.Connections);
        IBackend backend = limit;
        if (options.UploadLimit is not null || options.DownloadLimit is not null) backend = new BandwidthLimit(backend, options.UploadLimit, options.DownloadLimit, clock);
        backend = new RetryingBackend(backend, new RetryOptions { Notice = options.Notice, FirstDeadline = options.Patience }, clock);
        if (options.Cache is { } cache) backend = new CachingBackend(backend, new LocalBackend(CacheOf(address, cache).ToString()), options.Notice);
        return new RepositoryStorage(backend, bottom, count, limit);
    }

    public async ValueTask DisposeAsync()
    {
        if (_bottom is IAsyncDisposable remote) await remote.DisposeAsync().ConfigureAwait(false);
        else (_bottom as IDisposable)?.Dispose();
        _limit?.Dispose();
    }

    /// <summary>One folder for each address; that two addresses may lead to one repository costs only room.</summary>
    private static FilePath CacheOf(RepositoryAddress address, FilePath cache) => cache.Combine(Id.Of(Encoding.UTF8.GetBytes(address.Place)).ToString()[..16]);

    private static async Task<IBackend> ConnectAsync(RepositoryLocation location, StorageOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (credentials, settings) = (options.Credentials, options.Settings);
        switch (location)
        {
            case RestLocation rest:
                var given = RestOptions.FromEnvironment(options.Environment);
                return new RestBackend(
                    rest,
                    given with
                    {
                        Connections = settings.Connections,
                        CertificateAuthorityFile = settings.CertificateAuthority ?? given.CertificateAuthorityFile,
                        User = credentials.User ?? given.User,
                        Password = await ReadAsync(credentials.Password, clock, options, cancellationToken).ConfigureAwait(false) ?? given.Password,
                    },
                    clock);
            case SftpLocation sftp:
                return new SftpBackend(sftp, SftpOptionsFrom(options), clock);
            case S3Location s3:
                var keyId = await ReadAsync(credentials.KeyId, clock, options, cancellationToken).ConfigureAwait(false);
                var secret = await ReadAsync(credentials.Secret, clock, options, cancellationToken).ConfigureAwait(false);
                var token = await ReadAsync(credentials.SessionToken, clock, options, cancellationToken).ConfigureAwait(false);
                var at = S3Options.At(s3) with
                {
                    Region = credentials.Region,
                    Connections = settings.Connections,
                    Credentials = keyId is not null && secret is not null ? new S3Credentials(keyId, secret, token) : null,
                    CertificateAuthorityFile = settings.CertificateAuthority,
                    Addressing = settings.Addressing,
                    StorageClass = settings.StorageClass,
                    ObjectLock = settings.ObjectLock,
                };
                return new S3Backend(S3Environment.Apply(at, options.Environment), clock);
            default:
                throw new ArgumentException($"no storage of the kind {location.GetType().Name} is known", nameof(location));
        }
    }

    /// <summary>HOLDFAST_SFTP_ARGS holds arguments for ssh, as words in a shell are written.</summary>
    private static SftpOptions SftpOptionsFrom(StorageOptions options)
    {
        var hidden = SecretVariables.HiddenFromTransport(options.Secrets);
        return options.Environment("HOLDFAST_SFTP_ARGS") is { Length: > 0 } text && CommandWords.TrySplit(text, out var words) is null
            ? new SftpOptions { Arguments = words, HiddenVariables = hidden }
            : new SftpOptions { HiddenVariables = hidden };
    }

    private static async Task<string?> ReadAsync(PassphraseSource? source, TimeProvider clock, StorageOptions options, CancellationToken cancellationToken)
    {
        if (source is null) return null;
        var reading = await SystemSecrets.Reader(clock).ReadAsync(source, cancellationToken).ConfigureAwait(false);
        foreach (var notice in reading.Notices) options.Notice(notice);
        using var secret = reading.Passphrase;
        return Encoding.UTF8.GetString(secret.Bytes);
    }
}
