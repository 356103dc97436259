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

    private readonly Lazy<LoadedManifest?> _manifest = above is not null && above.Options.Config == options.Config && above.Options.NoManifest == options.NoManifest
        ? above._manifest
        : new(() => options.NoManifest ? null : FindManifest(options, screen));

    private RepositoryInUse? _inUse;

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
    internal bool NamesRepository => InUse.Given is not null || Manifest is not null;

    /// <summary>Which repository, and with which passphrase.</summary>
    internal RepositoryInUse InUse => _inUse ??= new RepositoryInUse(options, _manifest, CurrentDirectory);

    /// <inheritdoc cref="RepositoryInUse.Address"/>
    internal RepositoryAddress Address() => InUse.Address();

    /// <inheritdoc cref="RepositoryInUse.PassphraseSource"/>
    internal PassphraseSource? PassphraseSource() => InUse.PassphraseSource();

    /// <summary>The repositories that a command for all of them is about, each with a session of its own, in the order of the manifest: this one alone where one is named.</summary>
    internal IReadOnlyList<Session> Destinations() => InUse.Given is not null || Manifest is not { Application.Repositories: { Count: > 1 } all }
        ? [this]
        : [.. all.Select(declared => Derived(options with { Repository = declared.Name, IsOneOfSeveral = true }))];

    /// <summary>The repository's name in the manifest, else where it is.</summary>
    internal string RepositoryName => InUse.Declaration?.Name ?? Address().Display;

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
                $"{error.Message}; it came from {passphrase.Origin}{InUse.DeclaredOrNot()}",
                $"{(InUse.IsOverruled ? "`unset HOLDFAST_PASSPHRASE`, and the one that the manifest names is taken; " : string.Empty)}the right one is on the recovery sheet of this repository: type it into a file and give --passphrase-file",
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
        // Several repositories are opened at the same time.
        lock (_storages) _storages.Add(storage);
        return storage;
    }

    /// <summary>How a storage that is not on this machine is reached.</summary>
    internal StorageOptions Storage(RepositoryAddress? address) => Storage(Manifest?.Application.Repositories.FirstOrDefault(known => known.Address == address));

    private StorageOptions Storage(RepositoryDeclaration? declared) => new()
    {
        Environment = Environment.GetEnvironmentVariable,
        Credentials = declared?.Credentials ?? RepositoryCredentials.FromEnvironment,
        Settings = Settings(declared?.Settings ?? StorageSettings.Standard),
        UploadLimit = options.UploadLimit,
        DownloadLimit = options.DownloadLimit,
        Cache = options.NoCache ? null : StorageOptions.CacheFrom(Environment.GetEnvironmentVariable, CurrentDirectory),
        Notice = screen.Notice,
        Patience = options.IsOneOfSeveral ? TimeSpan.FromSeconds(10) : TimeSpan.FromSeconds(30),
    };

    private StorageSettings Settings(StorageSettings declared) => options.Connections is { } connections ? declared with { Connections = connections } : declared;

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
        if (operation is { Kind: OperationKind.Restore or OperationKind.Rollback, Request: { } json } && RestoreRequest.TryParse(json) is { } request)
        {
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

        if (Manifest is { } manifest && ApplicationKey.Of(manifest).Place == operation.Place) return this;
        return operation.Place is ['/', ..] place && FileSystem.TryStatus(FilePath.From(place), followLinks: true) is { IsFile: true }
            ? Derived(options with { Config = operation.Place })
            : Derived(options with { NoManifest = true, Repository = options.Repository ?? operation.Place });
    }

    /// <summary>The same with other options.</summary>
    internal Session Derived(SessionOptions other) => new(other, screen, clock, this);

    /// <summary>The same on another screen.</summary>
    internal Session On(Screen other) => other == screen ? this : new(options, other, clock, this);

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
        ? ApplicationKey.Of(manifest)
        : NamesRepository ? ApplicationKey.OfRepository(Address().Place) : null;

    /// <summary>Damage of the local state, with what else has to be known of the application then.</summary>
    internal HoldfastException Explain(HoldfastException error)
    {
        try
        {
            return LostJournal.Explain(error, Application, StateFolder, Identity.HostName, clock.LocalTimeZone);
        }
        catch (HoldfastException other)
        {
            return new HoldfastException(error.Kind, $"{error.Message}; whether a restore has not come to its end cannot be told: {other.Message}", error.Hint, error);
        }
    }

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

    /// <summary>What was asked for, with where, as the journal keeps it: no repository where it was for all of the manifest.</summary>
    internal T Asked<T>(T request)
        where T : JobRequest => request with { Manifest = Manifest?.Path, Repository = NamesRepository && Destinations() is [_] ? Address() : null };

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

    /// <summary>The folders of the repository and of those that the manifest names, which nothing may be written into.</summary>
    internal IReadOnlyList<FilePath> RepositoryFolders =>
        [.. (Manifest?.Application.Repositories ?? []).Select(known => known.Address).Append(Address()).Select(address => address.Folder).OfType<FilePath>().Distinct()];

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
}
