using System.Text.Json;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Buffers;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic;

/// <summary>
/// An open repository: the backend, the configuration and the key. Blobs need the index too: <see cref="LoadIndexAsync"/>, then
/// <see cref="BlobReader"/> and <see cref="BlobWriter"/>. Thread-safe.
/// </summary>
public sealed class Repository : IDisposable
{
    private const string RepairIndex = "run `holdfast repair index`, then `holdfast check`";

    private readonly MasterKey _key;

    private Repository(IBackend backend, RepositoryConfig config, MasterKey key, Id keyId)
    {
        Backend = backend;
        Config = config;
        _key = key;
        Codecs = new BlobCodecPool(key, Buffers);
        Keys = new KeyRing(backend, key, keyId);
    }

    public IBackend Backend { get; }

    public RepositoryConfig Config { get; }

    /// <summary>The keys that open it.</summary>
    public KeyRing Keys { get; }

    /// <summary>For what is read and written in large pieces.</summary>
    public BufferPool Buffers { get; } = new();

    internal BlobCodecPool Codecs { get; }

    /// <summary>Version 2 compresses (section 3.5).</summary>
    internal bool Compresses => Config.Version >= 2;

    /// <summary>Makes a new repository: directories, key, and last the config, which marks it as existing (section 3.3).</summary>
    /// <exception cref="HoldfastException">Usage: there is a repository already, or what is left of one.</exception>
    public static async Task<Repository> InitializeAsync(
        IBackend backend,
        ReadOnlyMemory<byte> passphrase,
        RepositoryOptions options,
        ClientIdentity creator,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        await RefuseExistingAsync(backend, cancellationToken).ConfigureAwait(false);
        var config = new RepositoryConfig(options.Version, Id.Random(), options.ChunkerPolynomial ?? Polynomial.RandomIrreducible());
        var key = MasterKey.Generate();
        var now = Timestamp.FromDateTimeOffset(clock.GetLocalNow());
        var keyFile = KeyFile.Wrap(key, passphrase.Span, options.KeyCost, now, creator.UserName, creator.HostName).Serialize();
        var repository = new Repository(backend, config, key, Id.Of(keyFile));
        await backend.CreateAsync(cancellationToken).ConfigureAwait(false);
        await backend.WriteAsync(new FileHandle(FileType.Key, Id.Of(keyFile)), keyFile, cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> sealedConfig;
        using (var lease = repository.Codecs.Rent()) sealedConfig = lease.Codec.Seal(config.Serialize()).ToArray();
        await backend.WriteAsync(FileHandle.Config, sealedConfig, cancellationToken).ConfigureAwait(false);
        return repository;
    }

    /// <exception cref="HoldfastException">NoRepository, WrongKey, Damaged, or Usage for a newer version.</exception>
    public static async Task<Repository> OpenAsync(IBackend backend, ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken)
    {
        if (await backend.StatAsync(FileHandle.Config, cancellationToken).ConfigureAwait(false) is null)
            throw await MissingAsync(backend, cancellationToken).ConfigureAwait(false);
        var (keyId, key) = await KeySearch.FindAsync(backend, passphrase, cancellationToken).ConfigureAwait(false);
        var sealedConfig = await backend.ReadAllAsync(FileHandle.Config, cancellationToken).ConfigureAwait(false);
        if (sealedConfig.Length == 0) throw DamagedConfig("it is empty");
        using var sealer = new Sealer(key);
        var json = new byte[Math.Max(0, sealedConfig.Length - Sealer.Overhead)];
        if (!sealer.TryOpen(sealedConfig, json)) throw DamagedConfig("it fails authentication, though the passphrase fits a key");
        return new Repository(backend, RepositoryConfig.Parse(json), key, keyId);
    }

    /// <summary>Loads every index file.</summary>
    /// <exception cref="HoldfastException">Damaged: an index file cannot be read.</exception>
    public async Task<BlobIndex> LoadIndexAsync(CancellationToken cancellationToken)
    {
        var index = new BlobIndex();
        var files = await ListAsync(FileType.Index, cancellationToken).ConfigureAwait(false);
        await Parallel.ForEachAsync(files, Requests(Environment.ProcessorCount, cancellationToken), async (file, token) =>
        {
            foreach (var pack in await LoadIndexFileAsync(file.Handle, token).ConfigureAwait(false)) index.Add(pack);
        }).ConfigureAwait(false);
        return index;
    }

    /// <summary>All files of a kind; for snapshots, call this before loading the index (section 9.5).</summary>
    public async Task<IReadOnlyList<StoredFile>> ListAsync(FileType type, CancellationToken cancellationToken)
    {
        var files = new List<StoredFile>();
        await foreach (var file in Backend.ListAsync(type, cancellationToken).ConfigureAwait(false)) files.Add(file);
        return files;
    }

    /// <summary>The JSON of an index, snapshot or lock file.</summary>
    /// <exception cref="HoldfastException">
    /// Damaged: after a second reading the bytes still do not match the name, or do not open. NotFound. Unavailable, Failed: as the
    /// backend says.
    /// </exception>
    public async Task<byte[]> LoadDocumentAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        var content = await Backend.ReadAllAsync(handle, cancellationToken).ConfigureAwait(false);
        if (Id.Of(content) != handle.Id) content = await Backend.ReadAllAsync(handle, cancellationToken).ConfigureAwait(false);
        if (Id.Of(content) != handle.Id) throw Damaged(handle, "its content does not match its name");
        using var lease = Codecs.Rent();
        return lease.Codec.TryDecodeDocument(content, Compresses) ?? throw Damaged(handle, "it fails authentication or does not decompress");
    }

    /// <summary>What an index, snapshot or lock file says; what is wrong with its JSON is told with its name.</summary>
    /// <inheritdoc cref="LoadDocumentAsync(FileHandle, CancellationToken)"/>
    internal async Task<T> LoadDocumentAsync<T>(FileHandle handle, DocumentParser<T> parse, CancellationToken cancellationToken)
    {
        var json = await LoadDocumentAsync(handle, cancellationToken).ConfigureAwait(false);
        try
        {
            return parse(json);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            throw new HoldfastException(FailureKind.Damaged, $"{handle} is damaged: {error.Message}", error.Hint, error);
        }
    }

    /// <summary>Stores a document and returns its ID; it is durable then.</summary>
    public async Task<Id> SaveDocumentAsync(FileType type, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        byte[] content;
        using (var lease = Codecs.Rent()) content = lease.Codec.EncodeDocument(json.Span, Compresses).ToArray();
        var id = Id.Of(content);
        await Backend.WriteAsync(new FileHandle(type, id), content, cancellationToken).ConfigureAwait(false);
        return id;
    }

    public void Dispose()
    {
        Codecs.Dispose();
        _key.Dispose();
    }

    /// <summary>For work that mostly waits for the storage: so many at a time, and no fewer than it answers at a time.</summary>
    internal ParallelOptions Requests(int workers, CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = Math.Max(workers, Backend.Connections), CancellationToken = cancellationToken };

    internal async Task<List<IndexedPack>> LoadIndexFileAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        try
        {
            return await LoadDocumentAsync(handle, json => IndexDocument.Parse(json, Compresses), cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            throw new HoldfastException(FailureKind.Damaged, error.Message, RepairIndex, error);
        }
    }

    /// <summary>Makes sure that a repository can be made at a place.</summary>
    /// <exception cref="HoldfastException">Usage: there is a repository already, or what is left of one.</exception>
    public static async Task RefuseExistingAsync(IBackend backend, CancellationToken cancellationToken)
    {
        if (await backend.StatAsync(FileHandle.Config, cancellationToken).ConfigureAwait(false) is not null)
            throw new HoldfastException(FailureKind.Usage, $"there is a repository at {backend.Location} already", "use it, or choose another place");
        // A second key beside one that opens nothing would make a repository whose passphrase fits and whose config does not.
        if (await FirstAsync(backend, [FileType.Snapshot, FileType.Index, FileType.Pack], cancellationToken).ConfigureAwait(false) is { } content)
        {
            throw new HoldfastException(
                FailureKind.Usage,
                $"{backend.Location} holds {content} but no config: it is what is left of a repository",
                "restore its config from a copy, or choose another place");
        }

        if (await FirstAsync(backend, [FileType.Key], cancellationToken).ConfigureAwait(false) is { } key)
        {
            throw new HoldfastException(
                FailureKind.Usage,
                $"{backend.Location} holds {key} but no config and no backups, as an interrupted init leaves it",
                "remove it, nothing was saved in it yet, and run `holdfast init` again; or choose another place");
        }
    }

    private static async Task<FileHandle?> FirstAsync(IBackend backend, IReadOnlyList<FileType> types, CancellationToken cancellationToken)
    {
        foreach (var type in types)
            await foreach (var file in backend.ListAsync(type, cancellationToken).ConfigureAwait(false)) return file.Handle;
        return null;
    }

    private static async Task<HoldfastException> MissingAsync(IBackend backend, CancellationToken cancellationToken) =>
        await FirstAsync(backend, [FileType.Snapshot, FileType.Index, FileType.Pack, FileType.Key], cancellationToken).ConfigureAwait(false) is { } rest
            ? new HoldfastException(
                FailureKind.NoRepository,
                $"{backend.Location} holds {rest} but no config: it is what is left of a repository",
                "restore its file `config` from a copy; do not make a new repository here")
            : new HoldfastException(
                FailureKind.NoRepository,
                $"there is no repository at {backend.Location}",
                "is the disk with it mounted, and is the path right? Only where there never was one, `holdfast init` makes one, new and empty");

    private static HoldfastException DamagedConfig(string why) =>
        new(FailureKind.Damaged, $"the repository's config file is damaged: {why}", "restore the file `config` from a copy of the repository");

    private static HoldfastException Damaged(FileHandle handle, string why) => new(FailureKind.Damaged, $"{handle} is damaged: {why}");
}

/// <summary>Makes a record of the JSON of a stored file, or throws that it is damaged.</summary>
internal delegate T DocumentParser<out T>(ReadOnlySpan<byte> json);
