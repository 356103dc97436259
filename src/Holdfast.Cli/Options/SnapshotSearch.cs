using Holdfast.Cli.Commands;
using Holdfast.Engine.Copying;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Options;

/// <summary>
/// Finds a snapshot in the repositories of the manifest. One that is named is looked for in their order, up to the first that has it; what is chosen by
/// time or proof is the newest of all that can be looked at, because a repository that was out of reach has missed some. What cannot be looked at is told.
/// </summary>
/// <param name="session">Names the repositories.</param>
/// <param name="choose">Chooses in one of them. Throws NotFound where there is none.</param>
internal sealed class SnapshotSearch(Session session, Func<Session, Repository, SnapshotListing, CancellationToken, Task<ChosenSnapshot>> choose)
{
    private readonly List<DestinationFailure> _failures = [];
    private HoldfastException? _missing;

    /// <param name="isNamed">An ID says which it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task<FoundSnapshot> FindAsync(bool isNamed, CancellationToken cancellationToken)
    {
        var all = session.Destinations();
        if (all is [var only]) return Tell(await LookAsync(only, await only.OpenRepositoryAsync(cancellationToken), cancellationToken));
        var found = isNamed ? await FirstAsync(all, cancellationToken) : await NewestAsync(all, cancellationToken);
        if (found is null) throw Nothing();
        if (found.Value.Found.At != all[0]) session.Screen.Notice($"snapshot {found.Value.Found.Snapshot.Id.Short} is read from the repository {found.Value.Found.At.RepositoryName}");
        return Tell(found.Value);
    }

    private async Task<(FoundSnapshot Found, IReadOnlyList<string> Warnings)?> FirstAsync(IReadOnlyList<Session> all, CancellationToken cancellationToken)
    {
        foreach (var at in all)
        {
            if (await TryAsync(at, cancellationToken) is { } found) return found;
        }

        return null;
    }

    private async Task<(FoundSnapshot Found, IReadOnlyList<string> Warnings)?> NewestAsync(IReadOnlyList<Session> all, CancellationToken cancellationToken)
    {
        (FoundSnapshot Found, IReadOnlyList<string> Warnings)? newest = null;
        foreach (var found in await Task.WhenAll(all.Select(at => TryAsync(at, cancellationToken))))
        {
            if (found is null) continue;
            if (newest is { } before && before.Found.Snapshot.Snapshot.Time >= found.Value.Found.Snapshot.Snapshot.Time)
            {
                found.Value.Found.Dispose();
                continue;
            }

            newest?.Found.Dispose();
            newest = found;
        }

        return newest;
    }

    /// <summary>Null where it is not, or cannot be looked for.</summary>
    private async Task<(FoundSnapshot Found, IReadOnlyList<string> Warnings)?> TryAsync(Session at, CancellationToken cancellationToken)
    {
        Repository repository;
        try
        {
            repository = await at.OpenRepositoryAsync(cancellationToken);
        }
        catch (HoldfastException error) when (error.Kind is not (FailureKind.Interrupted or FailureKind.OutputClosed))
        {
            Fail(at, error);
            return null;
        }

        try
        {
            return await LookAsync(at, repository, cancellationToken);
        }
        catch (HoldfastException error) when (error.IsOfStorage)
        {
            Fail(at, error);
            return null;
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
        {
            lock (_failures) _missing ??= error;
            return null;
        }
    }

    private async Task<(FoundSnapshot Found, IReadOnlyList<string> Warnings)> LookAsync(Session at, Repository repository, CancellationToken cancellationToken)
    {
        try
        {
            var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
            var chosen = await choose(at, repository, listing, cancellationToken);
            return (new FoundSnapshot(at, repository, listing, chosen.Snapshot), chosen.Warnings);
        }
        catch
        {
            repository.Dispose();
            throw;
        }
    }

    private void Fail(Session at, HoldfastException error)
    {
        var failure = new DestinationFailure(new Destination(at.RepositoryName, at.Address(), at.OpenRepositoryAsync), error);
        lock (_failures) _failures.Add(failure);
        session.Screen.Warning(failure.Describe());
    }

    private FoundSnapshot Tell((FoundSnapshot Found, IReadOnlyList<string> Warnings) found)
    {
        foreach (var warning in found.Warnings) session.Screen.Warning(warning);
        return found.Found;
    }

    private HoldfastException Nothing()
    {
        if (_missing is null) return new HoldfastException(_failures[0].Error.Kind, "none of the repositories can be looked at", _failures[0].Error.Hint, _failures[0].Error);
        if (_failures.Count == 0) return _missing;
        return new HoldfastException(
            _missing.Kind, $"{_missing.Message}; not looked at: {string.Join(", ", _failures.Select(failure => failure.Destination.Name))}", _missing.Hint, _missing);
    }
}
