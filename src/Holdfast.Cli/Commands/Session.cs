using Holdfast.Cli.Output;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.Secrets;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;

namespace Holdfast.Cli.Commands;

/// <summary>What one command works with: the options given, and from them the manifest, the repository and its key, each found when first needed.</summary>
/// <param name="options">As given.</param>
/// <param name="screen">Where to tell.</param>
/// <param name="clock">The time.</param>
/// <param name="above">The session that this one is derived from, and that closes what this one opens; null for the first.</param>
internal sealed class Session(SessionOptions options, Screen screen, TimeProvider clock, Session? above = null) : IAsyncDisposable
{
    private readonly List<RepositoryStorage> _storages = above?._storages ?? [];

    private readonly Lazy<LoadedManifest?> _manifest = new(() => options.NoManifest
        ? null
        : FindManifest(options, screen));

    internal Screen Screen => screen;

    internal TimeProvider Clock => clock;

    internal SessionOptions Options => options;

    internal FilePath CurrentDirectory { get; } = options.Folder ?? FileSystem.CurrentDirectory();

    /// <summary>The manifest that applies, or null when there is none.</summary>
    internal LoadedManifest? Manifest => _manifest.Value;

    /// <summary>Where this machine remembers its drills.</summary>
    internal FilePath StateFolder { get; } = LocalState.FolderFrom(Environment.GetEnvironmentVariable, FileSystem.CurrentDirectory());

    internal ClientIdentity Identity { get; } = LocalIdentity.Current();

    /// <summary>A repository is named somewhere; otherwise <see cref="Address"/> fails.</summary>
    internal bool NamesRepository => (options.Repository ?? Variable("HOLDFAST_REPOSITORY")) is not null || Manifest is not null;

    /// <summary>The repository: the option, else the environment, else the manifest's first.</summary>
    /// <exception cref="HoldfastException">Usage: none is named anywhere, or what is named is no address.</exception>
    internal RepositoryAddress Address()
    {
        var given = options.Repository ?? Variable("HOLDFAST_REPOSITORY");
        if (given is not null) return RepositoryAddress.Parse(given, CurrentDirectory);
        if (Manifest is { } manifest) return manifest.Application.Repositories[0].Address;
        var byName = InvokedName.From(Environment.GetEnvironmentVariable, CurrentDirectory) is { } invoked
            ? $"make {ManifestLocation.SystemFolder}/{Quoted.Escape(invoked.Name, 100)}.yaml, a link to the application's manifest; or "
            : string.Empty;
        throw new HoldfastException(
            FailureKind.Usage, "no repository is named", $"{byName}go to the folder of the application's holdfast.yaml, give --repository DIR, or set HOLDFAST_REPOSITORY; for an application that was never saved, begin with `holdfast init`");
    }

    /// <summary>Where the passphrase comes from: an option, else HOLDFAST_PASSPHRASE, else the manifest; null when nobody says.</summary>
    internal PassphraseSource? PassphraseSource()
    {
        if (options is { PassphraseFile: not null, PassphraseCommand: not null })
            throw new HoldfastException(FailureKind.Usage, "--passphrase-file and --passphrase-command exclude each other", "give one of them");
        if (options.PassphraseFile is { } file) return new PassphraseSource.SecretFile(FilePath.Absolute(file, CurrentDirectory).ToString());
        if (options.PassphraseCommand is { } command) return new PassphraseSource.Command(SplitCommand(command));
        return Variable("HOLDFAST_PASSPHRASE") is not null
            ? new PassphraseSource.EnvironmentVariable("HOLDFAST_PASSPHRASE")
            : Manifest?.Application.Passphrase;
    }

    internal async Task<Passphrase> PassphraseAsync(CancellationToken cancellationToken)
    {
        var source = PassphraseSource() ?? throw new HoldfastException(
            FailureKind.Usage,
            "no passphrase is given",
            "set HOLDFAST_PASSPHRASE, give --passphrase-file or --passphrase-command, or name one in the manifest");
        var reading = await SystemSecrets.Reader(clock).ReadAsync(source, cancellationToken);
        foreach (var notice in reading.Notices) screen.Notice(notice);
        return reading.Passphrase;
    }

    internal async Task<Repository> OpenRepositoryAsync(CancellationToken cancellationToken)
    {
        var storage = await OpenStorageAsync(Address(), cancellationToken);
        using var passphrase = await PassphraseAsync(cancellationToken);
        var bytes = passphrase.Bytes.ToArray();
        try
        {
            return await Repository.OpenAsync(storage.Backend, bytes, cancellationToken);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.WrongKey)
        {
            throw new HoldfastException(
                error.Kind,
                $"{error.Message}; it came from {passphrase.Origin}{DeclaredOrNot()}",
                (IsOverruled ? "`unset HOLDFAST_PASSPHRASE`, and the one that the manifest names is taken; " : string.Empty)
                    + "the right one is on the recovery sheet of this repository: type it into a file and give --passphrase-file",
                error);
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>A storage that is closed with the session.</summary>
    internal async Task<RepositoryStorage> OpenStorageAsync(RepositoryAddress address, CancellationToken cancellationToken)
    {
        var storage = await RepositoryStorage.OpenAsync(address, Storage(address), clock, cancellationToken);
        _storages.Add(storage);
        return storage;
    }

    /// <summary>How a storage that is not on this machine is reached.</summary>
    internal StorageOptions Storage(RepositoryAddress? address) => new()
    {
        Environment = Environment.GetEnvironmentVariable,
        Credentials = Manifest?.Application.Repositories.FirstOrDefault(known => known.Address == address)?.Credentials ?? RepositoryCredentials.FromEnvironment,
        UploadLimit = options.UploadLimit,
        DownloadLimit = options.DownloadLimit,
        Cache = options.NoCache ? null : StorageOptions.CacheFrom(Environment.GetEnvironmentVariable, CurrentDirectory),
        Notice = screen.Notice,
    };

    /// <summary>Closes storages, and tells what was asked of those that are far away.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var storage in _storages)
        {
            await storage.DisposeAsync();
            if (storage.Traffic is { } traffic) screen.Notice(TrafficReport.Of(traffic));
        }

        _storages.Clear();
    }

    /// <summary>What the manifest has to do with the passphrase in use.</summary>
    private string DeclaredOrNot()
    {
        if (Manifest is not { Application.Passphrase: { } declared } manifest) return string.Empty;
        return PassphraseSource() == declared
            ? $", which the key passphrase of \"{manifest.Path.Display}\" names"
            : $", which goes before what \"{manifest.Path.Display}\" names";
    }

    /// <summary>A variable that somebody has set goes before the manifest.</summary>
    private bool IsOverruled => Manifest?.Application.Passphrase is { } declared && PassphraseSource() is PassphraseSource.EnvironmentVariable used && used != declared;

    /// <summary>Where and for whom a restore in place works.</summary>
    internal RestoreSurroundings RestoreSurroundings(TimeSpan wait) => new()
    {
        Manifest = Manifest,
        Repository = Address(),
        StateFolder = StateFolder,
        Identity = Identity,
        Program = Program,
        Own = Own(),
        Wait = wait,
    };

    /// <summary>The session of the application that an operation was of, wherever the user is now.</summary>
    /// <exception cref="HoldfastException">Usage: its manifest is not there any more.</exception>
    internal Session Of(Operation operation)
    {
        if (operation is { Kind: OperationKind.Restore or OperationKind.Rollback, Request: { } json })
        {
            var request = RestoreRequest.Parse(json);
            var there = options with { Repository = options.Repository ?? request.Repository.Text };
            return Derived(
                request.Manifest is { } path ? there with { Config = path.ToString(), NoManifest = false } : there with { Config = null, NoManifest = true });
        }

        if (JobRequest.Of(operation) is { } job)
        {
            var there = options with { Folder = job.Folder, Repository = options.Repository ?? job.Repository?.Text };
            return Derived(
                job.Manifest is { } path ? there with { Config = path.ToString(), NoManifest = false } : there with { Config = null, NoManifest = true });
        }

        if (Manifest is { } manifest && ApplicationKey.Of(manifest.Application.Application, manifest.Path).Place == operation.Place) return this;
        return FileSystem.TryStatus(FilePath.From(operation.Place), followLinks: true) is { IsFile: true }
            ? Derived(options with { Config = operation.Place })
            : Derived(options with { NoManifest = true, Repository = options.Repository ?? operation.Place });
    }

    /// <summary>The same with other options.</summary>
    internal Session Derived(SessionOptions other) => new(other, screen, clock, this);

    /// <summary>The same with a repository for the time of one command.</summary>
    internal Session With(FilePath scratchRepository) =>
        Derived(options with { Repository = scratchRepository.ToString(), IsScratch = true });

    /// <summary>The same to try something out: with a repository for the time of one command in place of the one that is named.</summary>
    internal Session TryingIn(FilePath scratchRepository) =>
        Derived(options with { Repository = scratchRepository.ToString(), Behind = Address() });

    /// <summary>The repository goes away with the command: nothing can be kept in it.</summary>
    internal bool IsScratch => options.IsScratch;

    /// <summary>The repository at hand goes away with the command, whether or not another one is named.</summary>
    internal bool IsPassing => options.IsScratch || options.Behind is not null;

    /// <summary>The application that commands are about: the manifest's, or whatever the named repository is of; null when neither is named.</summary>
    internal ApplicationKey? Application => Manifest is { } manifest
        ? ApplicationKey.Of(manifest.Application.Application, manifest.Path)
        : NamesRepository ? ApplicationKey.OfRepository(Address().Place) : null;

    /// <summary>For which application and with which journal operations run.</summary>
    internal OperationScope Scope(TimeSpan wait) => Surroundings(wait).Scope;

    /// <summary>What this machine knows to be proven of a repository, for those who remove something: other than where it is only shown, it must be readable.</summary>
    /// <exception cref="HoldfastException">The local state cannot be read.</exception>
    internal ProofBook KnownProofs(Repository repository)
    {
        if (!LocalState.Exists(StateFolder)) return ProofBook.Empty;
        using var state = LocalState.Open(StateFolder);
        return new ProofStore(state).Load(repository.Config.Id, Address().Place);
    }

    /// <summary>Where and for whom a job works.</summary>
    /// <param name="wait">How long to wait while another operation is at the application.</param>
    /// <param name="archivePassphrase">Gives the passphrase of an archive; null where none is written or read.</param>
    internal JobSurroundings Surroundings(TimeSpan wait, Func<PassphraseSource?, CancellationToken, Task<Passphrase?>>? archivePassphrase = null) => new()
    {
        Manifest = Manifest,
        Repository = NamesRepository ? Address() : null,
        StateFolder = StateFolder,
        Temporary = Variable("TMPDIR") is { } temporary ? FilePath.Absolute(temporary, CurrentDirectory) : null,
        Identity = Identity,
        Program = Program,
        Wait = wait,
        Notice = screen.Notice,
        Warning = screen.Warning,
        ArchivePassphrase = archivePassphrase ?? ((_, _) => Task.FromResult<Passphrase?>(null)),
    };

    /// <summary>What was asked for, with where, as the journal keeps it.</summary>
    internal T Asked<T>(T request)
        where T : JobRequest => request with { Manifest = Manifest?.Path, Repository = NamesRepository ? Address() : null };

    /// <summary>Does work that leaves the application alone, draws its progress, and enters it into the journal if that can be.</summary>
    internal Task<T> EnteringAsync<T>(
        OperationOrder order, Func<CancellationToken, Task<T>> work, Func<T, OperationOutcome> outcome, OperationProgress progress, CancellationToken cancellationToken) =>
        ShowingAsync(progress, Scope(TimeSpan.Zero).RunInAnyCaseAsync(order, work, outcome, progress, clock, cancellationToken));

    /// <summary>What is Holdfast's own, and belongs into no backup.</summary>
    internal IReadOnlyList<FilePath> Own()
    {
        var own = OwnPlaces.Of(Address(), StateFolder, PassphraseSource(), Manifest?.Application);
        return options.Behind is { } behind ? [.. own, .. OwnPlaces.Of(behind, StateFolder, null, null)] : own;
    }

    /// <summary>The repository's folder, which nothing may be written into; none for one that is elsewhere.</summary>
    internal IReadOnlyList<FilePath> RepositoryFolders => Address().Folder is { } folder ? [folder] : [];

    /// <summary>Draws the progress while the work lasts.</summary>
    internal async Task<T> ShowingAsync<T>(OperationProgress progress, Task<T> work)
    {
        await using (new ProgressLine(screen, progress, clock)) return await work;
    }

    /// <summary>The person said no, or nobody answered: nothing was done.</summary>
    /// <returns>The exit code.</returns>
    internal int Declined()
    {
        screen.Notice("nothing was done");
        return ExitCode.NotAgreed;
    }

    /// <summary>The program and its version as snapshots record it.</summary>
    internal static string Program { get; } = $"holdfast {ProgramVersion.Current}";

    internal static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static LoadedManifest? FindManifest(SessionOptions options, Screen screen)
    {
        try
        {
            return ManifestFile.Find(options.Config, InvokedName.From(Environment.GetEnvironmentVariable, FileSystem.CurrentDirectory()));
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Usage && options is { Config: null, SparesBrokenManifest: true } && NamesAll(options))
        {
            screen.Warning($"the manifest is left out, because it is wrong: {error.Message}");
            return null;
        }
    }

    private static bool NamesAll(SessionOptions options) =>
        (options.Repository ?? Variable("HOLDFAST_REPOSITORY")) is not null
        && (options.PassphraseFile ?? options.PassphraseCommand ?? Variable("HOLDFAST_PASSPHRASE")) is not null;

    private static IReadOnlyList<string> SplitCommand(string command) =>
        CommandWords.TrySplit(command, out var words) is { } problem
            ? throw new HoldfastException(FailureKind.Usage, $"--passphrase-command {problem}", "give a program and its arguments")
            : words;
}
