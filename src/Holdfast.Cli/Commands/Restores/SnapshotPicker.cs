using System.CommandLine;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Restores;

/// <summary>Lets a person choose a snapshot from a list.</summary>
internal static class SnapshotPicker
{
    private const int Shown = 20;

    /// <returns>Null when the person wants none.</returns>
    internal static async Task<FoundSnapshot?> PickAsync(Session session, SnapshotOptions options, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (at, repository) = await Destinations.OpenFirstAsync(session, cancellationToken);
        try
        {
            var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
            if (Pick(at, repository, listing, options, arguments) is { } picked) return new FoundSnapshot(at, repository, listing, picked);
        }
        catch
        {
            repository.Dispose();
            throw;
        }

        repository.Dispose();
        return null;
    }

    private static StoredSnapshot? Pick(Session session, Repository repository, SnapshotListing listing, SnapshotOptions options, ParseResult arguments)
    {
        // Made only in case a restore was wrong, they would be the newest after it: they stand at the end, where nobody takes one by mistake.
        IReadOnlyList<StoredSnapshot> candidates = [.. options.Candidates(session, repository, arguments, listing).OrderBy(IsSafety)];
        var proofs = Proofs.Load(session, repository);
        var shown = candidates.Take(Shown).ToList();
        for (var i = 0; i < shown.Count; i++)
        {
            var time = HumanFormat.Time(shown[i].Snapshot.Time.ToDateTimeOffset(), session.Clock.LocalTimeZone);
            var tags = shown[i].Snapshot.Tags.Count > 0 ? $"  {string.Join(", ", shown[i].Snapshot.Tags.Select(Printable.Line))}" : string.Empty;
            var size = shown[i].Snapshot.Summary is { } summary ? HumanFormat.Size((long)Math.Min(summary.TotalBytesProcessed, long.MaxValue)) : string.Empty;
            session.Screen.Line($"{i + 1,3}  {shown[i].Id.Short}  {time}  {size,10}  proven: {proofs.Word(shown[i])}{tags}{(IsSafety(shown[i]) ? "  (before a restore)" : string.Empty)}");
        }

        if (candidates.Count > Shown) session.Screen.Line($"     and {candidates.Count - Shown} more: narrow it down with --before, or name an ID");
        return new Prompt(session.Screen, Console.In).Choose("Which one?", shown.Count) is { } index ? shown[index] : null;
    }

    private static bool IsSafety(StoredSnapshot stored) => SafetyTag.IsOn(stored.Snapshot);
}
