using Holdfast.Engine.Copying;
using Holdfast.Restic;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands;

/// <summary>The repositories that a command is about, all of the manifest or the one that is named, each with a session of its own.</summary>
internal sealed class Destinations : IDisposable
{
    private readonly Dictionary<string, Session> _sessions;

    private Destinations(IReadOnlyList<Session> sessions, Action<string> warn)
    {
        _sessions = sessions.ToDictionary(session => session.RepositoryName, StringComparer.Ordinal);
        Set = new DestinationSet([.. sessions.Select(session => new Destination(session.RepositoryName, session.Address(), session.OpenRepositoryAsync))], warn);
    }

    internal DestinationSet Set { get; }

    /// <summary>There are others beside the one that is worked with.</summary>
    internal bool AreSeveral => Set.All.Count > 1;

    internal Session this[Destination destination] => _sessions[destination.Name];

    internal static Destinations Of(Session session) => Of(session, session.Screen.Warning);

    /// <param name="session">Names them.</param>
    /// <param name="warn">Told what is wrong with one of several.</param>
    internal static Destinations Of(Session session, Action<string> warn) => new(session.Destinations(), warn);

    /// <summary>The first repository that can be opened; what is wrong with those before it is told.</summary>
    internal static async Task<(Session At, Repository Repository)> OpenFirstAsync(Session session, CancellationToken cancellationToken)
    {
        var all = session.Destinations();
        foreach (var at in all.SkipLast(1))
        {
            try
            {
                return (at, await at.OpenRepositoryAsync(cancellationToken));
            }
            catch (HoldfastException error) when (error.Kind is not (FailureKind.Interrupted or FailureKind.OutputClosed))
            {
                session.Screen.Warning(new DestinationFailure(new Destination(at.RepositoryName, at.Address(), at.OpenRepositoryAsync), error).Describe());
            }
        }

        return (all[^1], await all[^1].OpenRepositoryAsync(cancellationToken));
    }

    public void Dispose() => Set.Dispose();
}
