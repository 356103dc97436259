using System.CommandLine;
using Holdfast.Cli.Commands.Archives;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Commands.Operations;
using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Findings;
using Holdfast.Engine.Keys;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast status</c>: what runs, what was interrupted, and whether there is a restore point to rely on.</summary>
internal sealed class StatusCommand : ISessionCommand
{
    public Command Describe() => new("status", "Say what runs, what was interrupted, and whether there is a restore point to rely on.");

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var running = new List<Operation>();
        var isLost = LocalState.Exists(session.StateFolder) && !TryLook(session, findings, running);
        findings.AddRange(Marked(session, isLost));
        var (about, standings) = await RestorePointsAsync(session, cancellationToken);
        findings.AddRange(about);
        findings.AddRange(ArchivePlaces.Missing(session).Select(missing => new Finding(FindingSeverity.Warning, missing, null)));
        foreach (var operation in running)
            session.Screen.Line($"running   operation {operation.Number}: {Printable.Line(operation.Title)}, at \"{Printable.Line(operation.LastStep ?? "its beginning")}\"");
        foreach (var finding in findings) session.Screen.Marked(MarkOf(finding.Severity), finding.Message, finding.Hint);

        session.Screen.Json(
            new StatusDocument(
                WordOf(findings.Select(finding => finding.Severity).DefaultIfEmpty().Max()),
                [.. findings.Select(finding => new StatusFindingDocument(WordOf(finding.Severity), finding.Message, finding.Hint))],
                [.. running.Select(OperationDocument.Of)],
                [.. standings.Select(standing => standing.Document())]),
            CliJson.Default.StatusDocument);
        return findings.Exists(finding => finding.Severity == FindingSeverity.Critical) ? ExitCode.Bad : ExitCode.Done;
    }

    /// <summary>A local state that cannot be read is a finding: what else there is to tell is needed more than ever then.</summary>
    private static bool TryLook(Session session, List<Finding> findings, List<Operation> running)
    {
        try
        {
            Look(session, findings, running);
            return true;
        }
        catch (HoldfastException error) when (LocalState.IsDamage(error))
        {
            findings.Add(new Finding(FindingSeverity.Critical, error.Message, error.Hint));
            return false;
        }
    }

    private static void Look(Session session, List<Finding> findings, List<Operation> running)
    {
        using var state = LocalState.Open(session.StateFolder);
        var journal = new OperationJournal(state);
        var place = session.Manifest is { } manifest ? ApplicationKey.Of(manifest).Place : null;
        foreach (var operation in journal.Unfinished(place))
        {
            if (operation.State == OperationState.Running) running.Add(operation);
            else findings.Add(Describe(operation, session));
        }
    }

    /// <summary>What a restore of another user, or one whose journal is lost, has left.</summary>
    private static IEnumerable<Finding> Marked(Session session, bool isLost)
    {
        if (session.Application?.Marker is not { } path || RestoreMarker.TryRead(path) is not { } marker) yield break;
        var host = session.Identity.HostName;
        if (!isLost && Known(session, marker)) yield break;
        yield return marker.IsRunning(host)
            ? new Finding(FindingSeverity.Ok, $"{marker.Describe(session.Clock.LocalTimeZone)}: it is running (process {marker.Process})", null)
            : new Finding(FindingSeverity.Critical, marker.Describe(session.Clock.LocalTimeZone), marker.Advice(session.StateFolder, host));
    }

    /// <summary>The journal of this user knows it: that tells more.</summary>
    private static bool Known(Session session, RestoreMarker marker)
    {
        if (!marker.IsOf(session.StateFolder, session.Identity.HostName) || !LocalState.Exists(session.StateFolder)) return false;
        using var state = LocalState.Open(session.StateFolder);
        return new OperationJournal(state).Unfinished(null).Any(operation => operation.Number == marker.Operation);
    }

    private static Finding Describe(Operation operation, Session session)
    {
        var what = operation.State switch
        {
            OperationState.Interrupted => $"was interrupted at \"{operation.LastStep ?? "its beginning"}\"",
            OperationState.Unreadable => $"cannot be read: {string.Join("; ", operation.Unreadable)}",
            _ when operation.IsStandstill => "failed",
            _ => "failed and could not put everything back",
        };
        var since = OperationDocument.Start(operation, session.Clock.LocalTimeZone);
        return new Finding(
            operation.Undo is null || UnsettledOperation.MayRun(operation) ? FindingSeverity.Warning : FindingSeverity.Critical,
            $"operation {operation.Number} ({operation.Title}) of {since} {what}",
            string.Join("; ", InterruptedOperations.Advice(operation)));
    }

    /// <summary>A repository that cannot be opened is a finding and no reason to keep the rest back.</summary>
    private static async Task<(IReadOnlyList<Finding> Findings, IReadOnlyList<RepositoryStanding> Standings)> RestorePointsAsync(Session session, CancellationToken cancellationToken)
    {
        try
        {
            using var destinations = Destinations.Of(session, static _ => { });
            var standings = await RepositoryStanding.ReadAsync(session, destinations, cancellationToken);
            // What is proven anywhere can be relied on: the best of them stands for all.
            var best = standings.Where(standing => standing.LastProven is not null).MaxBy(standing => standing.LastProven!.Snapshot.Time)
                ?? standings.First(standing => standing.Contents is not null);
            var (at, own, proofs, _) = best.Contents!;
            IReadOnlyList<Finding> findings = [.. KeyFindings(session), .. DrillStatus.Findings(proofs, own, session.Manifest?.Application.Application, session.Clock, stored => Accepting.Command(at, stored))];
            return destinations.AreSeveral ? ([.. findings, .. standings.Select(standing => standing.Finding())], standings) : (findings, []);
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.Interrupted)
        {
            return ([new Finding(FindingSeverity.Critical, $"the restore points cannot be looked at: {error.Message}", HintFor(error)), .. session.NamesRepository ? KeyFindings(session) : []], []);
        }
    }

    /// <summary>Where the application came out of an archive there never was a repository; where there was one, a new one is the wrong thing.</summary>
    private static string? HintFor(HoldfastException error) => error.Kind == FailureKind.NoRepository
        ? $"{error.Hint}; where the application was restored from an archive and never had one on this host, `holdfast init` makes key and repository"
        : error.Hint;

    /// <summary>When `keys check` worked last, where it ever did.</summary>
    private static IEnumerable<Finding> KeyFindings(Session session)
    {
        var all = session.Destinations();
        foreach (var at in all)
        {
            if (KeyCheck.LastWorked(session.StateFolder, at.Address().Place) is not { } last) continue;
            var which = all.Count > 1 ? $" {at.RepositoryName}" : string.Empty;
            yield return new Finding(
                FindingSeverity.Ok, $"the passphrase was last checked on {HumanFormat.Time(last.At, session.Clock.LocalTimeZone)}: it opened the repository{which} with key {last.Key.Short}", null);
        }
    }

    private static Mark MarkOf(FindingSeverity severity) => severity switch
    {
        FindingSeverity.Ok => Mark.Good,
        FindingSeverity.Warning => Mark.Note,
        _ => Mark.Bad,
    };

    private static string WordOf(FindingSeverity severity) => severity.ToString().ToLowerInvariant();
}
