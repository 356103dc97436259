using System.Security.Cryptography;
using Holdfast.Engine.Files;
using Holdfast.Restic;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Keys;

namespace Holdfast.Engine.Archives;

/// <summary>
/// A repository for the time of one operation, for those who want a file and have no repository: in a private folder, under a random key
/// that nobody ever learns, removed afterwards.
/// </summary>
public sealed class ScratchRepository : IAsyncDisposable
{
    private const int KeyBytes = 32;

    private readonly ScratchDirectory _scratch;

    private ScratchRepository(ScratchDirectory scratch, Repository repository) => (_scratch, Repository) = (scratch, repository);

    public Repository Repository { get; }

    /// <summary>Its folder.</summary>
    public FilePath Path => _scratch.Path.Combine("repository");

    /// <param name="candidates">Folders in which it may be made; the first with room is taken.</param>
    /// <param name="need">Bytes that it will hold, about.</param>
    /// <param name="identity">Who makes it.</param>
    /// <param name="clock">For its key.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Restic.Failures.HoldfastException">NoSpace, Failed: no candidate will do.</exception>
    public static async Task<ScratchRepository> CreateAsync(
        IReadOnlyList<FilePath> candidates, long need, ClientIdentity identity, TimeProvider clock, CancellationToken cancellationToken)
    {
        var scratch = ArchiveScratch.Create(candidates, need);
        try
        {
            var path = scratch.Path.Combine("repository");
            var options = new RepositoryOptions { KeyCost = ScryptParameters.ForRandomPassphrase };
            var repository = await Repository.InitializeAsync(
                new LocalBackend(path.ToString()), RandomNumberGenerator.GetBytes(KeyBytes), options, identity, clock, cancellationToken).ConfigureAwait(false);
            return new ScratchRepository(scratch, repository);
        }
        catch
        {
            await scratch.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Repository.Dispose();
        await _scratch.DisposeAsync().ConfigureAwait(false);
    }
}
