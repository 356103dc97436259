using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;

namespace Holdfast.Restic.Checking;

/// <summary>Checks what surrounds the content: the config, every key file, and whether locks can be read.</summary>
internal sealed class EnvelopeCheck(Repository repository, FindingLog log)
{
    internal async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        await CheckConfigAsync(cancellationToken).ConfigureAwait(false);
        await CheckFoldersAsync(cancellationToken).ConfigureAwait(false);
        foreach (var key in await repository.ListAsync(FileType.Key, cancellationToken).ConfigureAwait(false))
            await CheckKeyAsync(key.Handle, cancellationToken).ConfigureAwait(false);
        foreach (var file in await repository.ListAsync(FileType.Lock, cancellationToken).ConfigureAwait(false))
            await CheckLockAsync(file, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A snapshot that is out of sight is missed by nobody else.</summary>
    private async Task CheckFoldersAsync(CancellationToken cancellationToken)
    {
        var disorder = await repository.Backend.SurveyAsync(cancellationToken).ConfigureAwait(false);
        foreach (var folder in disorder.MissingFolders) log.Error($"has no folder {folder}: what was in it is lost or out of sight");
        foreach (var snapshot in disorder.UnlistedSnapshots)
            log.Error(new FileHandle(FileType.Snapshot, snapshot), "is there and the storage does not list it: others do not see it, and prune stops");
        foreach (var name in disorder.UnknownSnapshots)
            log.Hint($"has {Quoted.Text($"snapshots/{name}")}, which is not the name of a snapshot: if it is one, nobody sees it, and prune stops");
    }

    private async Task CheckConfigAsync(CancellationToken cancellationToken)
    {
        try
        {
            var content = await repository.Backend.ReadAllAsync(FileHandle.Config, cancellationToken).ConfigureAwait(false);
            using var lease = repository.Codecs.Rent();
            if (lease.Codec.TryUnseal(content) is not { } json) log.Error(FileHandle.Config, "fails authentication");
            else if (RepositoryConfig.Parse(json.Span) != repository.Config)
                log.Error(FileHandle.Config, "is another one than when the repository was opened");
        }
        catch (HoldfastException error) when (!error.IsOfStorage)
        {
            log.Error(FileHandle.Config, $"cannot be read: {error.Message}");
        }
    }

    private async Task CheckKeyAsync(FileHandle key, CancellationToken cancellationToken)
    {
        try
        {
            var content = await repository.Backend.ReadAllAsync(key, cancellationToken).ConfigureAwait(false);
            if (Id.Of(content) != key.Id) log.Error(key, "its content does not match its name, so its passphrase may open nothing");
            else KeyFile.Parse(content);
        }
        catch (HoldfastException error) when (!error.IsOfStorage)
        {
            log.Error(key, $"cannot be used: {error.Message}");
        }
    }

    private async Task CheckLockAsync(StoredFile file, CancellationToken cancellationToken)
    {
        // An empty file is what a writer that died left; everybody ignores it (section 9.2).
        if (file.Size == 0) return;
        try
        {
            LockDocument.Parse(file.Handle.Id, await repository.LoadDocumentAsync(file.Handle, cancellationToken).ConfigureAwait(false));
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
        {
            // Released in the meantime.
        }
        catch (HoldfastException error) when (!error.IsOfStorage)
        {
            log.Hint(file.Handle, $"cannot be read and blocks other programs until it is removed: {error.Message}");
        }
    }
}
