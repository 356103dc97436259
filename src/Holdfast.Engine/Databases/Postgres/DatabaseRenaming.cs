using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>Gives databases other names although somebody may be connected to them.</summary>
internal sealed class DatabaseRenaming(PostgresMaintenance maintenance, TimeProvider clock)
{
    private const int Shown = 5;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until nobody is connected to a database any more: those of a program that has just ended take a moment to go.</summary>
    /// <exception cref="HoldfastException">Busy: who is.</exception>
    internal async Task RequireUnusedAsync(string database, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (await maintenance.SessionsAsync(database, cancellationToken).ConfigureAwait(false) is { Count: > 0 } sessions)
        {
            if (clock.GetElapsedTime(started) >= patience) throw InUse(database, sessions);
            await Task.Delay(_pause, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends those who are connected to a database, and waits until they are gone.</summary>
    internal async Task EndSessionsAsync(string database, TimeSpan patience, CancellationToken cancellationToken)
    {
        await maintenance.EndSessionsAsync(database, cancellationToken).ConfigureAwait(false);
        await RequireUnusedAsync(database, patience, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// As <see cref="PostgresMaintenance.RenameAsync"/>. Connections are ended while the renaming already keeps new ones waiting: an application that
    /// connects again at once does not get in between. Nothing stops it once it has begun.
    /// </summary>
    internal async Task RunAsync(IReadOnlyList<(string From, string To)> names, bool endsSessions)
    {
        var ender = endsSessions ? await PostgresMaintenance.OpenAsync(maintenance.Server, CancellationToken.None).ConfigureAwait(false) : null;
        await using (ender)
        {
            var renaming = maintenance.RenameAsync(names, CancellationToken.None);
            try
            {
                while (ender is not null && !renaming.IsCompleted)
                {
                    foreach (var (from, _) in names) await ender.EndSessionsAsync(from, CancellationToken.None).ConfigureAwait(false);
                    await Task.WhenAny(renaming, Task.Delay(_pause, clock, CancellationToken.None)).ConfigureAwait(false);
                }
            }
            finally
            {
                await renaming.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await renaming.ConfigureAwait(false);
        }
    }

    private static HoldfastException InUse(string database, IReadOnlyList<PostgresSession> sessions) => new(
        FailureKind.Busy,
        $"{sessions.Count} connections to the database {Quoted.Text(database)} are open: {string.Join("; ", sessions.Take(Shown).Select(session => session.Words))}",
        "nothing was replaced: stop who uses it, or let them be ended with --end-connections");
}
