using System.Security.Cryptography;
using Holdfast.Engine.Files;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;

namespace Holdfast.Engine.Initialization;

/// <summary>The repository of an application, made where there is none.</summary>
internal static class NewRepository
{
    /// <summary>Nothing may be written before this: a new key opens none of what is there.</summary>
    /// <param name="repository">Its folder.</param>
    /// <param name="missingKey">The key that the manifest names and that is not there; null when it is there, or none is named.</param>
    /// <param name="cancellationToken">Stops the looking.</param>
    /// <exception cref="HoldfastException">Usage: there is a repository, or a part of one.</exception>
    internal static async Task RefuseExistingAsync(FilePath repository, FilePath? missingKey, CancellationToken cancellationToken)
    {
        try
        {
            await Repository.RefuseExistingAsync(new LocalBackend(repository.ToString()), cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Usage && missingKey is not null)
        {
            throw new HoldfastException(
                FailureKind.Usage,
                $"{error.Message}, and its key file {missingKey.Display} is missing; nothing was changed",
                "type the passphrase from the recovery sheet into that file and make it private with chmod 600: a new key could not open the backups",
                error);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Usage && FileSystem.Exists(repository.Combine("config")))
        {
            throw new HoldfastException(FailureKind.Usage, error.Message, "go on with `holdfast backup` if it is this application's; otherwise choose another place with --repository", error);
        }
    }

    /// <param name="path">Its folder.</param>
    /// <param name="source">Where the passphrase comes from.</param>
    /// <param name="options">How it is made.</param>
    /// <param name="identity">Who makes it.</param>
    /// <param name="clock">The time of the key.</param>
    /// <param name="cancellationToken">Stops before the repository counts.</param>
    internal static async Task<MadeRepository> MakeAsync(
        FilePath path, PassphraseSource? source, RepositoryOptions options, ClientIdentity identity, TimeProvider clock, CancellationToken cancellationToken)
    {
        var reading = await SystemSecrets.Reader(clock).ReadAsync(source ?? throw NoPassphrase(), cancellationToken).ConfigureAwait(false);
        using var passphrase = reading.Passphrase;
        var bytes = passphrase.Bytes.ToArray();
        try
        {
            using var repository = await Repository.InitializeAsync(
                new LocalBackend(path.ToString()), bytes, options, identity, clock, cancellationToken).ConfigureAwait(false);
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
