using Holdfast.Engine.Findings;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Applications;

/// <summary>Gathers findings, each with the place of its key in the file.</summary>
internal sealed class FindingList(ManifestPlaces places)
{
    private readonly List<Finding> _findings = [];

    /// <summary>In the order of the file.</summary>
    internal IReadOnlyList<Finding> InOrder => [.. _findings.OrderBy(finding => finding.Place!.Line).ThenBy(finding => finding.Place!.Column)];

    /// <param name="keys">From the root of the document; numbers of items as text.</param>
    /// <param name="message">What is not as the manifest says.</param>
    /// <param name="hint">What to do; null when the message says it.</param>
    internal void Error(IReadOnlyList<string> keys, string message, string? hint) => Add(FindingSeverity.Critical, keys, message, hint);

    /// <inheritdoc cref="Error"/>
    internal void Warning(IReadOnlyList<string> keys, string message, string? hint) => Add(FindingSeverity.Warning, keys, message, hint);

    /// <summary>A question to the machine that may fail; that it fails is a finding.</summary>
    internal T? Ask<T>(IReadOnlyList<string> keys, Func<T> question)
    {
        try
        {
            return question();
        }
        catch (HoldfastException error)
        {
            Error(keys, error.Message, error.Hint);
            return default;
        }
    }

    private void Add(FindingSeverity severity, IReadOnlyList<string> keys, string message, string? hint)
    {
        var (line, column) = places.Of([.. keys]);
        var key = keys.Aggregate(string.Empty, (path, next) => int.TryParse(next, out var index) && path.Length > 0
            ? ManifestPath.Item(path, index)
            : ManifestPath.Key(path, next));
        _findings.Add(new Finding(severity, message, hint) { Place = new FindingPlace(key, line, column) });
    }
}
