using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest;

/// <summary>A manifest, or everything that is wrong with it in the order of the file.</summary>
public sealed class ManifestResult
{
    // More lines than this hide what a person could correct first.
    private const int MostErrorsShown = 50;

    private readonly string _fileName;

    internal ManifestResult(string fileName, ApplicationManifest? manifest, IEnumerable<ManifestError> errors)
    {
        _fileName = Quoted.Escape(fileName, longest: 300);
        Errors = [.. errors.OrderBy(error => error.Line).ThenBy(error => error.Column)];
        Manifest = Errors.Count == 0 ? manifest : null;
    }

    /// <summary>Null exactly when there are errors.</summary>
    public ApplicationManifest? Manifest { get; }

    public IReadOnlyList<ManifestError> Errors { get; }

    /// <summary>The manifest.</summary>
    /// <exception cref="HoldfastException">Usage: the manifest is wrong; the message has a line for each error.</exception>
    public ApplicationManifest Require() => Manifest ?? throw ToException();

    /// <summary>All errors as one exception whose message has a line for each of the first 50.</summary>
    public HoldfastException ToException()
    {
        if (Errors.Count == 0)
        {
            throw new InvalidOperationException("this manifest has no errors");
        }

        var lines = Errors.Take(MostErrorsShown).Select(error => error.Describe(_fileName));
        var message = Errors.Count == 1
            ? lines.First()
            : $"{_fileName} has {Errors.Count} errors:\n{string.Join('\n', lines)}"
                + (Errors.Count > MostErrorsShown ? $"\nand {Errors.Count - MostErrorsShown} more" : string.Empty);
        return new HoldfastException(FailureKind.Usage, message, "correct the manifest; docs/reference/manifest.md describes every key");
    }
}
