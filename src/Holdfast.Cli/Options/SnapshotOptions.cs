using System.CommandLine;
using Holdfast.Cli.Commands;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Options;

/// <summary>How every command that works on one snapshot is told which: an ID, `latest`, or options that choose the newest of some.</summary>
internal sealed class SnapshotOptions
{
    internal const string IdDescription = "The beginning of a snapshot's ID, or `latest`, which is the default.";

    /// <summary>As <see cref="SnapshotChoiceOptions.RefuseDoubtful"/>.</summary>
    internal bool RefusesDoubtful { get; init; }

    private readonly FilterOptions _filter = new();

    internal void AddTo(Command command) => _filter.AddTo(command);

    /// <summary>Finds the snapshot in the repositories of the session, and tells what is remarkable about the choice.</summary>
    /// <param name="session">Names the repositories.</param>
    /// <param name="arguments">Hold the options.</param>
    /// <param name="id">An ID, `latest`, or null for what the options say.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Holdfast.Restic.Failures.HoldfastException">As <see cref="SnapshotChoice.Choose"/>, and Usage: a time that is none.</exception>
    internal Task<FoundSnapshot> FindAsync(Session session, ParseResult arguments, string? id, CancellationToken cancellationToken)
    {
        var filter = _filter.Filter(session, arguments);
        return new SnapshotSearch(session, (at, repository, listing, token) => ChooseAsync(at, repository, filter, id, listing, token))
            .FindAsync(id is not (null or SnapshotSelection.Latest), cancellationToken);
    }

    /// <summary>Finds the snapshot of an ID, or the latest, whatever the options say.</summary>
    internal static Task<FoundSnapshot> FindNamedAsync(Session session, string id, CancellationToken cancellationToken) =>
        new SnapshotSearch(session, (at, _, listing, _) => Task.FromResult(ChosenByName(at, listing, id))).FindAsync(id != SnapshotSelection.Latest, cancellationToken);

    private async Task<ChosenSnapshot> ChooseAsync(
        Session session, Repository repository, RestorePointFilter filter, string? id, SnapshotListing listing, CancellationToken cancellationToken)
    {
        var application = ApplicationOf(session);
        var isChosen = application is not null && (id is null or SnapshotSelection.Latest);
        var proofs = new Lazy<ProofBook>(() => Proofs.Load(session, repository));
        var choice = new SnapshotChoice(listing, stored => proofs.Value.IsProven(stored), session.Clock)
        {
            HasFailed = stored => proofs.Value.HasFailed(stored),
            Origins = isChosen ? await Origins.ReadAsync(session, repository, listing.Readable, cancellationToken) : null,
        };
        return choice.Choose(new SnapshotChoiceOptions
        {
            Id = id,
            Filter = filter,
            DefaultApplication = application,
            Here = Origins.Here(session),
            RefuseDoubtful = RefusesDoubtful,
        });
    }

    /// <summary>Those that the options leave to choose from, the newest first; of the manifest's application unless another is named.</summary>
    internal IReadOnlyList<StoredSnapshot> Candidates(Session session, Repository repository, ParseResult arguments, SnapshotListing listing)
    {
        var proofs = new Lazy<ProofBook>(() => Proofs.Load(session, repository));
        var filter = _filter.Filter(session, arguments);
        filter = filter with { Application = filter.Application ?? ApplicationOf(session) };
        return [.. SnapshotOrder.OldestFirst(listing.Readable).Where(stored => filter.Matches(stored, proofs.Value.IsProven)).Reverse()];
    }

    /// <summary>The snapshots that are not proven and that the options let through, newest first; those of the manifest's application where they name none.</summary>
    internal async Task<IReadOnlyList<StoredSnapshot>> UnprovenAsync(
        Session session, Repository repository, ParseResult arguments, CancellationToken cancellationToken)
    {
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        var book = Proofs.Load(session, repository);
        var filter = _filter.Filter(session, arguments);
        return [.. book.Unproven(listing.Readable, filter.Application ?? ApplicationOf(session)).Where(stored => filter.Matches(stored, book.IsProven))];
    }

    /// <summary>The snapshot of an ID, or the latest, whatever the options say.</summary>
    internal static StoredSnapshot Named(Session session, SnapshotListing listing, string id)
    {
        var chosen = ChosenByName(session, listing, id);
        foreach (var warning in chosen.Warnings) session.Screen.Warning(warning);
        return chosen.Snapshot;
    }

    private static ChosenSnapshot ChosenByName(Session session, SnapshotListing listing, string id) => new SnapshotChoice(listing, _ => false, session.Clock)
        .Choose(new SnapshotChoiceOptions { Id = id, DefaultApplication = ApplicationOf(session) });

    /// <summary>
    /// Tells an ID from the paths that may follow it: the first word is one when it is `latest` or has hexadecimal digits only. A file of such a
    /// name is written ./name.
    /// </summary>
    internal static (string? Id, IReadOnlyList<string> Paths) Split(IReadOnlyList<string> words) =>
        words.Count > 0 && IsId(words[0]) ? (words[0], [.. words.Skip(1)]) : (null, words);

    private static bool IsId(string word) => word == SnapshotSelection.Latest || (word.Length > 0 && word.All(char.IsAsciiHexDigit));

    /// <summary>Where a manifest names the repository, `latest` is the latest of its application, not of whatever else is stored there.</summary>
    internal static string? ApplicationOf(Session session)
    {
        if (session.Manifest?.Application is not { } application) return null;
        var address = session.Address();
        return application.Repositories.Any(repository => repository.Address == address) ? application.Application : null;
    }
}
