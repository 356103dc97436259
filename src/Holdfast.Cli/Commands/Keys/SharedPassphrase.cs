using Holdfast.Engine.Keys;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Keys;

/// <summary>
/// The other repositories of the manifest whose passphrase comes from where that of a session comes from: what lies there can be of all of them or
/// of none.
/// </summary>
internal sealed class SharedPassphrase
{
    /// <param name="session">Of the repository that a command names, else of the first.</param>
    internal SharedPassphrase(Session session)
    {
        if (session.Manifest is not { Application.Repositories: var all }) return;
        var address = session.Address();
        var own = all.FirstOrDefault(known => known.Address == address);
        // What an option says is of this command; what the manifest says of the repository is read by the next backup.
        var sources = new List<PassphraseSource?> { session.PassphraseSource() };
        if (own is not null) sources.Add(Declared(session, own.Name).PassphraseSource());
        var sharing = all.Where(known => known.Address.Place != address.Place)
            .Select(known => Declared(session, known.Name))
            .Where(other => other.PassphraseSource() is { } source && sources.Exists(one => source.IsSameAs(one)))
            .ToList();
        if (own is not null) Sessions = sharing;
        else LeftOut = sharing.ConvertAll(other => other.RepositoryName);
    }

    /// <summary>Each of one of them.</summary>
    internal IReadOnlyList<Session> Sessions { get; } = [];

    /// <summary>Names of some that are left alone, because the session's repository is none of the manifest's.</summary>
    internal IReadOnlyList<string> LeftOut { get; } = [];

    /// <summary>Opens one, with the old passphrase, else with the new one: an interrupted change may have come so far.</summary>
    /// <exception cref="HoldfastException">It cannot be opened: nothing was changed.</exception>
    internal static async Task<RepositoryOfPassphrase> OpenAsync(Session other, Passphrase next, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return new RepositoryOfPassphrase(other.RepositoryName, await other.OpenRepositoryAsync(cancellationToken));
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.WrongKey)
            {
                if (await TryOpenAsync(other, next, cancellationToken) is not { } changed) throw;
                return new RepositoryOfPassphrase(other.RepositoryName, changed, IsChanged: true);
            }
        }
        catch (HoldfastException error) when (error.Kind is not (FailureKind.Interrupted or FailureKind.OutputClosed))
        {
            throw new HoldfastException(
                error.Kind,
                $"the repository {other.RepositoryName} has the same passphrase and cannot be opened, so nothing was changed in any: {error.Message}",
                "the new passphrase would lock you out of it: do it when all can be reached, or give that one a passphrase of its own in the manifest first",
                error);
        }
    }

    private static async Task<Repository?> TryOpenAsync(Session other, Passphrase next, CancellationToken cancellationToken)
    {
        try
        {
            return await other.OpenRepositoryAsync(next, cancellationToken);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.WrongKey)
        {
            return null;
        }
    }

    private static Session Declared(Session session, string name) =>
        session.Derived(session.Options with { Repository = name, PassphraseFile = null, PassphraseCommand = null, IsOneOfSeveral = true });
}
