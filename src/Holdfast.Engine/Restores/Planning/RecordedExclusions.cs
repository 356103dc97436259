using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Planning;

/// <summary>
/// What the backup left out on purpose, by the patterns that its snapshot records: it is not in the snapshot for that reason, and is not to be
/// removed. A pattern with a '/' inside is of the root; where that is not known it counts below every folder, which spares more and never less.
/// </summary>
internal sealed class RecordedExclusions
{
    private readonly Exclusions _exclusions;
    private readonly FilePath? _from;
    private readonly FilePath? _to;

    private RecordedExclusions(Exclusions exclusions, FilePath? from, FilePath? to) => (_exclusions, _from, _to) = (exclusions, from, to);

    /// <exception cref="HoldfastException">Failed: a pattern is of another program and means nothing here.</exception>
    internal static RecordedExclusions Of(RestoreOptions options, SnapshotRecord? record)
    {
        var root = record?.Root is ['/', ..] recorded ? FilePath.From(recorded) : null;
        var patterns = options.Snapshot.Snapshot.Excludes.Select(text => Parse(text, hasRoot: root is not null)).ToList();
        return new RecordedExclusions(new Exclusions((root ?? FilePath.Root).ToString(), patterns), root, options.Place?.Root);
    }

    internal bool Spares(FilePath path, bool isFolder) =>
        _exclusions.IsExcluded(path.Span, isFolder) || (Origin(path) is { } origin && _exclusions.IsExcluded(origin.Span, isFolder));

    /// <summary>Where the path was when the application was elsewhere; null when it was not.</summary>
    private FilePath? Origin(FilePath path) => _from is not null && _to is not null && _from != _to && path.IsUnder(_to)
        ? path.Rebase(_to, _from)
        : null;

    private static PathPattern Parse(string text, bool hasRoot)
    {
        if (PathPattern.Problem(text) is { } problem)
        {
            throw new HoldfastException(
                FailureKind.Failed,
                $"it cannot be told what the backup left out: its pattern {Quoted.Text(text)} {problem}",
                "restore without --delete");
        }

        var pattern = PathPattern.Parse(text);
        return hasRoot || pattern.IsAbsolute || pattern.MatchesAtAnyDepth ? pattern : PathPattern.Parse($"**/{text}");
    }
}
