namespace Holdfast.Engine.Manifest.Drafting;

/// <summary>What the name of a folder says about its content.</summary>
internal static class FolderNames
{
    private const string Logs = "logs";

    private static readonly Dictionary<string, string> _skipped = new(StringComparer.OrdinalIgnoreCase)
    {
        [".git"] = "the program's source history",
        [".hg"] = "the program's source history",
        [".svn"] = "the program's source history",
        ["node_modules"] = "can be installed again",
        [".venv"] = "can be installed again",
        ["venv"] = "can be installed again",
        ["bin"] = "built from source",
        ["obj"] = "built from source",
        ["__pycache__"] = "built from source",
        [".cache"] = "a cache",
        ["cache"] = "a cache",
        ["caches"] = "a cache",
        ["tmp"] = "temporary files",
        ["temp"] = "temporary files",
        ["log"] = Logs,
        ["logs"] = Logs,
        [".holdfast"] = "Holdfast's own",
    };

    /// <summary>Null when the folder may hold something to save.</summary>
    public static string? ReasonToSkip(string name) => _skipped.GetValueOrDefault(name);

    public static bool IsLogs(string name) => ReasonToSkip(name) == Logs;

    public static bool IsCertificates(string name) =>
        name.ToLowerInvariant() is "certs" or "cert" or "certificates" or "ssl" or "tls" or "pki";
}
