using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Applications;

/// <summary>Gathers findings, each with the place of its key in the file.</summary>
internal sealed class FindingList(ManifestPlaces places)
{
    private readonly List<ManifestFinding> _findings = [];

    /// <summary>In the order of the file.</summary>
    internal IReadOnlyList<ManifestFinding> InOrder => [.. _findings.OrderBy(finding => finding.Line).ThenBy(finding => finding.Column)];

    /// <param name="keys">From the root of the document; numbers of items as text.</param>
    /// <param name="message">What is not as the manifest says.</param>
    /// <param name="hint">What to do; null when the message says it.</param>
    internal void Error(IReadOnlyList<string> keys, string message, string? hint) => Add(ManifestSeverity.Error, keys, message, hint);

    /// <inheritdoc cref="Error"/>
    internal void Warning(IReadOnlyList<string> keys, string message, string? hint) => Add(ManifestSeverity.Warning, keys, message, hint);

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

    private void Add(ManifestSeverity severity, IReadOnlyList<string> keys, string message, string? hint)
    {
        var (line, column) = places.Of([.. keys]);
        var key = keys.Aggregate(string.Empty, (path, next) => int.TryParse(next, out var index) && path.Length > 0
            ? ManifestPath.Item(path, index)
            : ManifestPath.Key(path, next));
        _findings.Add(new ManifestFinding(severity, line, column, key, message, hint));
    }
}
