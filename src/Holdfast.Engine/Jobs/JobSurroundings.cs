using Holdfast.Engine.Archives.Folders;
using Holdfast.Engine.Archives.Packing;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Scratch;
using Holdfast.Engine.Secrets;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Jobs;

/// <summary>Where and for whom a job works, and whom it tells what is to be known at once.</summary>
public sealed record JobSurroundings
{
    /// <summary>The application's manifest; null without one.</summary>
    public required LoadedManifest? Manifest { get; init; }

    /// <summary>Where the repository is; null when none is named: then only work in a scratch repository can be done.</summary>
    public required RepositoryAddress? Repository { get; init; }

    public required FilePath StateFolder { get; init; }

    /// <summary><c>$TMPDIR</c>; null when not set.</summary>
    public FilePath? Temporary { get; init; }

    public required ClientIdentity Identity { get; init; }

    /// <summary>The program and its version, for snapshots and the journal.</summary>
    public required string Program { get; init; }

    /// <summary>How long to wait while a database is locked, or another operation is at the application.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Told what the user should know though nothing is wrong.</summary>
    public required Action<string> Notice { get; init; }

    /// <summary>Told what is wrong and does not end the job.</summary>
    public required Action<string> Warning { get; init; }

    /// <summary>Gives the passphrase of an archive, by what the manifest says of it; null when nobody says where it comes from.</summary>
    public required Func<PassphraseSource?, CancellationToken, Task<Passphrase?>> ArchivePassphrase { get; init; }

    /// <summary>Folders for a scratch directory, the preferred one first.</summary>
    public IReadOnlyList<FilePath> ScratchCandidates => ScratchPlaces.Candidates(Temporary, StateFolder, Repository?.Folder);

    /// <summary>What the job is about: the manifest's application, or whatever the repository is of; null when neither is named.</summary>
    internal ApplicationKey? Application => Manifest is { } manifest
        ? ApplicationKey.Of(manifest)
        : Repository is null ? null : ApplicationKey.OfRepository(Location);

    /// <summary>For which application and with which journal operations run.</summary>
    public OperationScope Scope => new()
    {
        Application = Application ?? ApplicationKey.None,
        StateFolder = StateFolder,
        User = Identity.UserName,
        Program = Program,
        Wait = Wait,
        Notice = Notice,
    };

    /// <summary>The repository as proofs and the journal name its place.</summary>
    internal string Location => NamedRepository.Place;

    /// <summary>The folders of archives that the manifest declares.</summary>
    internal IReadOnlyList<ArchiveFolder> ArchiveFolders =>
        [.. (Manifest?.Application.Archives ?? []).Select(declaration => new ArchiveFolder(declaration))];

    private RepositoryAddress NamedRepository => Repository ?? throw new HoldfastException(FailureKind.Usage, "no repository is named", "name one");

    /// <summary>How a snapshot is drilled here.</summary>
    public DrillOptions Drill(StoredSnapshot stored) => new()
    {
        Snapshot = stored,
        RepositoryLocation = Location,
        ScratchCandidates = ScratchCandidates,
        Forbidden = NamedRepository.Folder is { } folder ? [folder] : [],
        Identity = Identity,
        Program = Program,
    };
}
