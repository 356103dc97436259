using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Rest;

/// <summary>
/// A repository behind a server of restic's REST protocol, version 2, and 1 where the server knows no other (section 11): rest-server,
/// `rclone serve restic`. Safe for use by many threads.
/// </summary>
public sealed class RestBackend : IBackend, IDisposable
{
    private readonly HttpClient _client;
    private readonly RestRequests _requests;
    private readonly RestLayout _layout;
    private readonly int _connections;
    private readonly RestUpload _upload;

    /// <exception cref="HoldfastException">Usage: the file of certificates cannot be used.</exception>
    public RestBackend(RestLocation location, RestOptions options, TimeProvider clock)
    {
        Location = location.ToString();
        _layout = new RestLayout(location.Address);
        _connections = options.Connections;
        _client = RestTransport.Create(location, options);
        _requests = new RestRequests(_client, options.StallTimeout, clock, location.Password ?? options.Password);
        _upload = new RestUpload(this, PostAsync, clock);
    }

    public string Location { get; }

    public int Connections => _connections;

    public void Dispose() => _client.Dispose();

    public Task CreateAsync(CancellationToken cancellationToken) =>
        PostAsync(_layout.Create, $"create a repository at {Location}", ReadOnlyMemory<byte>.Empty, cancellationToken);

    public async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (type == FileType.Config)
        {
            if (await StatAsync(FileHandle.Config, cancellationToken).ConfigureAwait(false) is { } size) yield return new StoredFile(FileHandle.Config, size);
            yield break;
        }

        var listed = await NamesAsync(type, cancellationToken).ConfigureAwait(false);
        foreach (var batch in (listed?.Files ?? []).Chunk(_connections))
        {
            // Version 1 says no sizes; a file may vanish before it is asked for.
            var sizes = await Task.WhenAll(batch.Select(file =>
                file.Size is null ? StatAsync(new FileHandle(type, file.Id), cancellationToken) : Task.FromResult(file.Size))).ConfigureAwait(false);
            foreach (var (file, size) in batch.Zip(sizes))
            {
                if (size is { } known) yield return new StoredFile(new FileHandle(type, file.Id), known);
            }
        }
    }

    /// <summary>Servers list what is in a folder, whatever it is called, and know the folders that were made with the repository.</summary>
    public async Task<StorageDisorder> SurveyAsync(CancellationToken cancellationToken)
    {
        if (await NamesAsync(FileType.Snapshot, cancellationToken).ConfigureAwait(false) is not { } listed) return new StorageDisorder(["snapshots"], []);
        return new StorageDisorder([], [.. listed.Unknown.Where(name => !InterruptedWrite.IsNamed(name)).Order(StringComparer.Ordinal)]);
    }

    public Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        var action = $"look at {Name(handle)}";
        return _requests.SendAsync<long?>(HttpMethod.Head, _layout.Of(handle), action, null, null, async (response, guard) =>
        {
            if (response.StatusCode == HttpStatusCode.NotFound) return null;
            if (response.StatusCode != HttpStatusCode.OK) throw await _requests.FailureAsync(response, action, guard).ConfigureAwait(false);
            return response.Content.Headers.ContentLength
                ?? throw RestFailures.NotTheProtocol(action, "the server does not say how long it is");
        }, cancellationToken);
    }

    public async Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var action = $"read {Name(handle)}";
        if (destination.IsEmpty || offset > long.MaxValue - destination.Length)
        {
            var size = await StatAsync(handle, cancellationToken).ConfigureAwait(false)
                ?? throw new HoldfastException(FailureKind.NotFound, $"cannot {action}: it does not exist");
            if (offset > size - destination.Length) throw RestRange.TooShort(action);
            return;
        }

        try
        {
            await ReadRangeAsync(handle, action, offset, destination, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException failure) when (failure.Kind == FailureKind.NotFound && offset > 0)
        {
            // rclone says so, too, when the range lies far behind the end.
            if (await StatAsync(handle, cancellationToken).ConfigureAwait(false) is null) throw;
            throw RestRange.TooShort(action);
        }
    }

    public Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        var action = $"read {Name(handle)}";
        return _requests.SendAsync(HttpMethod.Get, _layout.Of(handle), action, null, null, async (response, guard) =>
        {
            if (response.StatusCode != HttpStatusCode.OK) throw await _requests.FailureAsync(response, action, guard).ConfigureAwait(false);
            return await RestRange.ReadToEndAsync(response, action, guard).ConfigureAwait(false);
        }, cancellationToken);
    }

    public Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        _upload.WriteAsync(handle, _layout.Of(handle), $"write {Name(handle)}", content, cancellationToken);

    public Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        var action = $"delete {Name(handle)}";
        return _requests.SendAsync(HttpMethod.Delete, _layout.Of(handle), action, null, null, async (response, guard) =>
        {
            if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.NotFound) return true;
            throw await _requests.FailureAsync(response, action, guard).ConfigureAwait(false);
        }, cancellationToken);
    }

    private Task ReadRangeAsync(FileHandle handle, string action, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var range = new RangeHeaderValue(offset, offset + destination.Length - 1);
        return _requests.SendAsync(HttpMethod.Get, _layout.Of(handle), action, null, range, async (response, guard) =>
        {
            if (!response.IsSuccessStatusCode) throw await _requests.FailureAsync(response, action, guard).ConfigureAwait(false);
            RestRange.Verify(response, range, action);
            await RestRange.FillAsync(response, destination, action, guard).ConfigureAwait(false);
            return true;
        }, cancellationToken);
    }

    private Task PostAsync(Uri address, string action, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        _requests.SendAsync(HttpMethod.Post, address, action, content, null, async (response, guard) =>
            response.IsSuccessStatusCode ? true : throw await _requests.FailureAsync(response, action, guard).ConfigureAwait(false), cancellationToken);

    /// <returns>Null where the folder does not exist.</returns>
    private Task<RestListing.ListedNames?> NamesAsync(FileType type, CancellationToken cancellationToken)
    {
        var action = $"list the {type.ToString().ToLowerInvariant()} files of the repository {Location}";
        return _requests.SendAsync<RestListing.ListedNames?>(HttpMethod.Get, _layout.ListOf(type), action, null, null, async (response, guard) =>
        {
            // A folder that was never made is empty; but rclone, which never says 404 to a list, would mean that the storage is gone.
            var isRclone = response.Headers.Server.ToString().StartsWith("rclone/", StringComparison.OrdinalIgnoreCase);
            if (response.StatusCode == HttpStatusCode.NotFound && !isRclone) return null;
            if (response.StatusCode == HttpStatusCode.NotFound) throw RestFailures.NotTheProtocol(action, "rclone says that it does not exist");
            if (response.StatusCode != HttpStatusCode.OK) throw await _requests.FailureAsync(response, action, guard).ConfigureAwait(false);
            var json = await RestRange.ReadToEndAsync(response, action, guard).ConfigureAwait(false);
            try
            {
                return RestListing.Parse(json, response.Content.Headers.ContentType);
            }
            catch (JsonException e)
            {
                throw RestFailures.NotTheProtocol(action, "the answer is no list of files", e);
            }
        }, cancellationToken);
    }

    private string Name(FileHandle handle) => $"{handle} of the repository {Location}";
}
