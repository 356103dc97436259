using System.Text;
using Holdfast.Engine.Applications;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Findings;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Manifest.Drafting;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Crypto;

namespace Holdfast.Engine.Initialization;

/// <summary>
/// Makes what is missing of manifest, key and repository. Nothing that exists is overwritten. Killed at any instant it leaves a repository that works or
/// none: first the key, then its sheet, then the manifest that names the key, then the repository that the key opens.
/// </summary>
public sealed class InitializationRun(InitializationOptions options, TimeProvider clock)
{
    /// <exception cref="Holdfast.Restic.Failures.HoldfastException">Usage: something is there already that would have to be overwritten; nothing was written.</exception>
    public Task<InitializationResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        if (options.Manifest is { } manifest) return CompleteAsync(manifest, cancellationToken);
        return options is { Repository: { } repository, Passphrase: { } source }
            ? MakeRepositoryAsync(RepositoryAddress.Parse(repository, options.Folder), source, cancellationToken)
            : FoundAsync(cancellationToken);
    }

    /// <summary>There is a manifest: its repository, and its key file if that is missing.</summary>
    private async Task<InitializationResult> CompleteAsync(LoadedManifest manifest, CancellationToken cancellationToken)
    {
        var application = manifest.Application;
        var repository = options.Repository is { } given ? RepositoryAddress.Parse(given, options.Folder) : application.Repositories[0].Address;
        var key = options.Passphrase is PassphraseSource.SecretFile(var file) ? FilePath.From(file) : null;
        var isKeyMissing = key is not null && !FileSystem.Exists(key);
        await New(repository).RefuseExistingAsync(isKeyMissing ? key : null, cancellationToken).ConfigureAwait(false);
        if (isKeyMissing) KeyFiles.Make(key!, Sheet(application, repository));
        var made = await New(repository).MakeAsync(options.Passphrase, How(isKeyMissing), options.Identity, cancellationToken).ConfigureAwait(false);
        return Result(made, manifest, repository) with { PassphraseFile = key, RecoverySheet = isKeyMissing ? KeyFiles.SheetOf(key!) : null };
    }

    /// <summary>There is nothing yet: a manifest from what is in this folder, a key, a repository.</summary>
    private async Task<InitializationResult> FoundAsync(CancellationToken cancellationToken)
    {
        var (folder, text) = (options.Folder, options.Repository ?? InitializationOptions.DefaultRepository);
        var (repository, path) = (RepositoryAddress.Parse(text, folder), folder.Combine(ManifestLocation.FileName));
        var newKey = options.Passphrase is null ? folder.Combine(InitializationOptions.DefaultPassphraseFile) : null;
        var source = options.Passphrase ?? new PassphraseSource.SecretFile(newKey!.ToString());
        if (newKey is not null) KeyFiles.RefuseExisting(newKey);
        // A key of no repository beside a manifest that names another one's would be a trap.
        await New(repository).RefuseExistingAsync(missingKey: null, cancellationToken).ConfigureAwait(false);
        var keyText = newKey is not null ? InitializationOptions.DefaultPassphraseFile : (source as PassphraseSource.SecretFile)?.Path;
        var draft = FolderDraft.Of(folder, repository.Folder, text, keyText, (source as PassphraseSource.Command)?.Arguments, cancellationToken);
        var yaml = Encoding.UTF8.GetBytes(draft.Yaml);
        var application = ManifestReader.Read(yaml, path.Display, folder.ToString()).Require();
        if (newKey is not null) KeyFiles.Make(newKey, Sheet(application, repository));
        AtomicFile.Write(path, yaml, permissions: FilePermissions.ReadableFile);
        var made = await New(repository).MakeAsync(source, How(newKey is not null), options.Identity, cancellationToken).ConfigureAwait(false);
        return Result(made, new LoadedManifest(path, application), repository) with
        {
            Draft = draft,
            PassphraseFile = keyText is null ? null : FilePath.Absolute(keyText, folder),
            RecoverySheet = newKey is null ? null : KeyFiles.SheetOf(newKey),
        };
    }

    private async Task<InitializationResult> MakeRepositoryAsync(RepositoryAddress repository, PassphraseSource source, CancellationToken cancellationToken)
    {
        var made = await New(repository).MakeAsync(source, How(isRandom: false), options.Identity, cancellationToken).ConfigureAwait(false);
        return new InitializationResult { Repository = repository, RepositoryId = made.Id, Notices = made.Notices };
    }

    /// <param name="isRandom">The passphrase was drawn, not thought of: stretching adds nothing to it.</param>
    private RepositoryOptions How(bool isRandom) => new()
    {
        KeyCost = isRandom ? ScryptParameters.ForRandomPassphrase : ScryptParameters.Default,
        ChunkerPolynomial = options.ChunkerPolynomial,
    };

    private InitializationResult Result(MadeRepository made, LoadedManifest manifest, RepositoryAddress repository)
    {
        var application = manifest.Application;
        var own = OwnPlaces.Of(repository, options.StateFolder, options.Passphrase ?? application.Passphrase, application);
        var inUse = application with { Repositories = [application.Repositories[0] with { Address = repository }] };
        return new InitializationResult
        {
            Repository = repository,
            RepositoryId = made.Id,
            Manifest = manifest.Path,
            HasContent = SavedContent.IsAny(manifest, own),
            Warnings = [.. new ManifestInspection(inUse, clock).Storage()
                .Where(finding => finding.Severity == FindingSeverity.Warning)
                .Select(finding => finding.Hint is null ? finding.Message : $"{finding.Message}; {finding.Hint}")],
            Notices = made.Notices,
        };
    }

    private NewRepository New(RepositoryAddress repository) => new(repository, options.Storage, clock);

    private RecoverySheetOptions Sheet(ApplicationManifest application, RepositoryAddress repository) =>
        new(application.Application, repository.Text, options.Identity.HostName, clock.GetLocalNow())
        {
            Folder = application.Root,
            Databases = [.. application.Databases.Select(database => database.Path)],
        };
}
