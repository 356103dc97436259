using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Locks;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary><c>holdfast unlock</c>: removes locks that nobody holds any more.</summary>
internal sealed class UnlockCommand : ISessionCommand
{
    private readonly Option<bool> _all = new("--remove-all")
    {
        Description = "Remove every lock, also those in use. Only when no other process works on the repository.",
    };

    public bool WorksWithBrokenManifest => true;

    public Command Describe()
    {
        var command = new Command("unlock", "Remove locks that nobody holds any more.");
        command.Options.Add(_all);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var result = await LockFiles.RemoveAsync(
            repository, arguments.GetValue(_all), session.Identity.HostName, session.Clock, cancellationToken);
        foreach (var removed in result.Removed) session.Screen.Line($"removed {Describe(session, removed)}");
        if (result.UnreadableRemoved > 0)
            session.Screen.Line($"removed {HumanFormat.Count(result.UnreadableRemoved, "unreadable lock", "unreadable locks")}");
        foreach (var kept in result.Kept) session.Screen.Line($"in use: {Describe(session, kept)}");
        if (result.UnreadableKept > 0)
        {
            session.Screen.Warning(
                $"{HumanFormat.Count(result.UnreadableKept, "lock", "locks")} cannot be read and may be in use; if nothing else works on the "
                + "repository, remove them with `holdfast unlock --remove-all`");
        }

        if (result is { Removed.Count: 0, Kept.Count: 0, UnreadableRemoved: 0, UnreadableKept: 0 }) session.Screen.Line("the repository has no locks");
        session.Screen.Json(
            new UnlockDocument(
                [.. result.Removed.Select(Document)], [.. result.Kept.Select(Document)], result.UnreadableRemoved, result.UnreadableKept),
            CliJson.Default.UnlockDocument);
        return ExitCode.Done;
    }

    private static string Describe(Session session, LockEntry entry)
    {
        var age = HumanFormat.Duration(session.Clock.GetUtcNow() - entry.Time);
        var stale = entry.IsStale(session.Clock.GetUtcNow(), session.Identity.HostName) ? ", stale" : string.Empty;
        return $"{(entry.Exclusive ? "exclusive " : string.Empty)}lock {entry.Id.Short} of process {entry.Owner.ProcessId} "
            + $"({entry.Owner.UserName} on {entry.Owner.HostName}), refreshed {age} ago{stale}";
    }

    private static LockOwnerDocument Document(LockEntry entry) => new(
        entry.Id.ToString(), entry.Time.ToString("O"), entry.Exclusive, entry.Owner.HostName, entry.Owner.UserName, entry.Owner.ProcessId);
}
