using System.CommandLine;
using System.Security.Cryptography;
using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Manifest.Drafting;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands;

/// <summary>
/// <c>holdfast init</c>: makes what is missing of manifest, key and repository. Beside a manifest it uses that one; with --repository and a
/// passphrase it makes just the repository.
/// </summary>
internal sealed class InitCommand : ISessionCommand
{
    private const string DefaultRepository = "backups";
    private const string DefaultPassphraseFile = "holdfast.key";

    public Command Describe() => new("init", "Write a manifest for this folder, make a key and a repository.");

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var given = session.Options.Repository ?? Session.Variable("HOLDFAST_REPOSITORY");
        if (session.Manifest is { } manifest) return await InitManifestAsync(session, manifest, cancellationToken);
        if (given is not null && session.PassphraseSource() is not null)
        {
            var id = await MakeRepositoryAsync(session, session.RepositoryPath(), isRandom: false, cancellationToken);
            session.Screen.Line($"made the repository {session.RepositoryPath().Display}");
            session.Screen.Json(new InitDocument(session.RepositoryPath().ToString(), id, null, null, null), CliJson.Default.InitDocument);
            return 0;
        }

        return await InitFolderAsync(session, given ?? DefaultRepository, cancellationToken);
    }

    /// <summary>There is a manifest: its repository, and its key file if that is missing.</summary>
    private static async Task<int> InitManifestAsync(Session session, LoadedManifest manifest, CancellationToken cancellationToken)
    {
        session.Screen.Line($"using {manifest.Path.Display}");
        var repository = session.RepositoryPath();
        var key = (session.PassphraseSource() as PassphraseSource.SecretFile)?.Path;
        var isKeyMissing = key is not null && !FileSystem.Exists(FilePath.From(key));
        await RefuseExistingAsync(repository, isKeyMissing ? key : null, cancellationToken);
        var sheet = isKeyMissing ? MakeKey(session, FilePath.From(key!), manifest.Application.Application, repository) : null;
        var id = await MakeRepositoryAsync(session, repository, isRandom: sheet is not null, cancellationToken);
        Report(session, new InitDocument(repository.ToString(), id, manifest.Path.ToString(), key, sheet?.ToString()));
        return 0;
    }

    /// <summary>There is nothing yet: a manifest from what is in this folder, a key, a repository.</summary>
    private static async Task<int> InitFolderAsync(Session session, string repositoryText, CancellationToken cancellationToken)
    {
        var folder = session.CurrentDirectory;
        var repository = FilePath.Absolute(repositoryText, folder);
        var manifestPath = folder.Combine(ManifestLocation.FileName);
        var key = session.PassphraseSource() is null ? folder.Combine(DefaultPassphraseFile) : null;
        var draft = FolderDraft.Of(folder, repository, repositoryText, KeyText(session, key));
        RefuseExisting(key);
        // A key of no repository beside a manifest that names another one's would be a trap.
        await Repository.RefuseExistingAsync(new LocalBackend(repository.ToString()), cancellationToken);
        FilePath? sheet = null;
        if (key is not null) sheet = MakeKey(session, key, draft.Application, repository);
        AtomicFile.Write(manifestPath, System.Text.Encoding.UTF8.GetBytes(draft.Yaml), permissions: FilePermissions.ReadableFile);
        var created = new Session(session.Options with { Config = manifestPath.ToString() }, session.Screen, session.Clock);
        var id = await MakeRepositoryAsync(created, repository, isRandom: sheet is not null, cancellationToken);
        session.Screen.Line($"wrote {manifestPath.Display}");
        foreach (var line in draft.Summary) session.Screen.Line(line);
        if (!draft.HasDatabase) session.Screen.Notice("no SQLite database was found: if the application has one, add it to the manifest before you rely on the backups");
        Report(session, new InitDocument(repository.ToString(), id, manifestPath.ToString(), key?.ToString(), sheet?.ToString()));
        return 0;
    }

    private static string? KeyText(Session session, FilePath? key) => key is not null
        ? DefaultPassphraseFile
        : (session.PassphraseSource() as PassphraseSource.SecretFile)?.Path;

    /// <summary>Nothing may be written before this: a new key opens none of what is there.</summary>
    private static async Task RefuseExistingAsync(FilePath repository, string? missingKey, CancellationToken cancellationToken)
    {
        try
        {
            await Repository.RefuseExistingAsync(new LocalBackend(repository.ToString()), cancellationToken);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Usage && missingKey is not null)
        {
            throw new HoldfastException(
                FailureKind.Usage,
                $"{error.Message}, and its key file {PrintableName.Escape(missingKey)} is missing; nothing was changed",
                "type the passphrase from the recovery sheet into that file and make it private with chmod 600: a new key could not open the backups",
                error);
        }
    }

    /// <summary>A key or a recovery sheet may be the last copy of what opens a repository: neither is ever overwritten.</summary>
    private static void RefuseExisting(FilePath? key)
    {
        if (key is null) return;
        if (FileSystem.Exists(key))
        {
            throw new HoldfastException(
                FailureKind.Usage, $"{key.Display} is there already, and it may be the key of a repository", "name it with --passphrase-file to use it, or move it away");
        }

        var sheet = key.WithSuffix(RecoverySheet.FileSuffix);
        if (!FileSystem.Exists(sheet)) return;
        throw new HoldfastException(
            FailureKind.Usage,
            $"{sheet.Display} is there already: it may hold the passphrase of a repository whose key file is missing",
            $"if so, type that passphrase into {key.Display}; otherwise move the sheet away");
    }

    private static FilePath MakeKey(Session session, FilePath key, string application, FilePath repository)
    {
        RefuseExisting(key);
        using var passphrase = PassphraseGenerator.Generate();
        AtomicFile.Write(key, (byte[])[.. passphrase.Bytes, (byte)'\n']);
        var sheet = key.WithSuffix(RecoverySheet.FileSuffix);
        var text = RecoverySheet.Write(
            new RecoverySheetOptions(application, repository.ToString(), session.Identity.HostName, session.Clock.GetLocalNow()), passphrase);
        AtomicFile.Write(sheet, System.Text.Encoding.UTF8.GetBytes(text));
        return sheet;
    }

    private static async Task<string> MakeRepositoryAsync(Session session, FilePath path, bool isRandom, CancellationToken cancellationToken)
    {
        using var passphrase = await session.PassphraseAsync(cancellationToken);
        var bytes = passphrase.Bytes.ToArray();
        try
        {
            var options = new RepositoryOptions { KeyCost = isRandom ? ScryptParameters.ForRandomPassphrase : ScryptParameters.Default };
            using var repository = await Repository.InitializeAsync(
                new LocalBackend(path.ToString()), bytes, options, session.Identity, session.Clock, cancellationToken);
            return repository.Config.Id.ToString();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static void Report(Session session, InitDocument made)
    {
        session.Screen.Line($"made the repository {PrintableName.Escape(made.Repository)}");
        if (made.RecoverySheet is not null)
        {
            session.Screen.Line($"made the key {PrintableName.Escape(made.PassphraseFile!)}");
            session.Screen.Line($"wrote {PrintableName.Escape(made.RecoverySheet)}: print it, keep it away from this machine, then delete the file.");
            session.Screen.Line("Without the key nobody can read the backups, you included.");
        }

        session.Screen.Line("next: `holdfast backup`, then `holdfast drill` to prove that it can be restored");
        session.Screen.Json(made, CliJson.Default.InitDocument);
    }
}
