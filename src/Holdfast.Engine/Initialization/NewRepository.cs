using System.Security.Cryptography;
using Holdfast.Engine.Files;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;

namespace Holdfast.Engine.Initialization;

/// <summary>The repository of an application, made where there is none.</summary>
internal sealed class NewRepository(RepositoryAddress address, StorageOptions storage, TimeProvider clock)
{
    /// <summary>Nothing may be written before this: a new key opens none of what is there.</summary>
    /// <param name="missingKey">The key that the manifest names and that is not there; null when it is there, or none is named.</param>
    /// <param name="cancellationToken">Stops the looking.</param>
    /// <exception cref="HoldfastException">Usage: there is a repository, or a part of one.</exception>
    internal async Task RefuseExistingAsync(FilePath? missingKey, CancellationToken cancellationToken)
    {
        try
        {
            await using var opened = await RepositoryStorage.OpenAsync(address, storage, clock, cancellationToken).ConfigureAwait(false);
            await Repository.RefuseExistingAsync(opened.Backend, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Usage && missingKey is not null)
        {
            throw new HoldfastException(
                FailureKind.Usage,
                $"{error.Message}, and its key file {missingKey.Display} is missing; nothing was changed",
                "type the passphrase from the recovery sheet into that file and make it private with chmod 600: a new key could not open the backups",
                error);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Usage && address.Folder is { } folder && FileSystem.Exists(folder.Combine("config")))
        {
            throw new HoldfastException(FailureKind.Usage, error.Message, "go on with `holdfast backup` if it is this application's; otherwise choose another place with --repository", error);
        }
    }

    /// <param name="source">Where the passphrase comes from.</param>
    /// <param name="options">How it is made.</param>
    /// <param name="identity">Who makes it.</param>
    /// <param name="cancellationToken">Stops before the repository counts.</param>
    internal async Task<MadeRepository> MakeAsync(PassphraseSource? source, RepositoryOptions options, ClientIdentity identity, CancellationToken cancellationToken)
    {
        var reading = await SystemSecrets.Reader(clock).ReadAsync(source ?? throw NoPassphrase(), cancellationToken).ConfigureAwait(false);
        using var passphrase = reading.Passphrase;
        var bytes = passphrase.Bytes.ToArray();
        try
        {
            await using var opened = await RepositoryStorage.OpenAsync(address, storage, clock, cancellationToken).ConfigureAwait(false);
            using var repository = await Repository.InitializeAsync(
                opened.Backend, bytes, options, identity, clock, cancellationToken).ConfigureAwait(false);
            return new MadeRepository(repository.Config.Id, reading.Notices);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static HoldfastException NoPassphrase() => new(
        FailureKind.Usage,
        "no passphrase is given",
        "set HOLDFAST_PASSPHRASE, give --passphrase-file or --passphrase-command, or name one in the manifest");
}

/// <summary>A repository that was made.</summary>
/// <param name="Id">Its ID.</param>
/// <param name="Notices">What there is to say about the passphrase.</param>
internal sealed record MadeRepository(Id Id, IReadOnlyList<string> Notices);
