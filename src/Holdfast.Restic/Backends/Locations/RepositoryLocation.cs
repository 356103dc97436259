using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Locations;

/// <summary>
/// Where a repository is, in the words that restic uses (its manual, "Preparing a new repository"), so that one string works in both.
/// The text form never holds a password.
/// </summary>
public abstract record RepositoryLocation
{
    private const int LongestShown = 300;

    private static readonly string[] OtherSchemes = ["azure", "b2", "gs", "rclone", "swift"];

    /// <summary>The address without secrets, not yet escaped.</summary>
    protected abstract string Shown { get; }

    /// <summary>The address as it may stand in a message: passwords are stars, control characters escapes.</summary>
    public sealed override string ToString() => Quoted.Escape(Shown, LongestShown);

    /// <summary>
    /// Understands <c>rest:https://user:password@host:8000/path/</c>, <c>sftp:user@host:/path</c>, <c>sftp://user@host:port//path</c>,
    /// <c>s3:https://host/bucket/prefix</c>, <c>s3:host/bucket</c>, <c>local:/path</c> and paths.
    /// </summary>
    /// <exception cref="HoldfastException">Usage: it is none of these. The message does not repeat what may hold a password.</exception>
    public static RepositoryLocation Parse(string text)
    {
        if (text.Length == 0) throw Wrong("no repository is named");
        if (text.Contains('\0', StringComparison.Ordinal)) throw Wrong("the address of the repository holds a NUL character");
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || LooksLikePath(text)) return new LocalLocation(text);
        return text[..colon] switch
        {
            "local" when text.Length > colon + 1 => new LocalLocation(text[(colon + 1)..]),
            "local" => throw Wrong("`local:` names no folder"),
            "rest" => RestLocation.FromAddress(text[(colon + 1)..]),
            "sftp" => SftpLocation.FromText(text),
            "s3" => S3Location.FromText(text),
            var scheme when OtherSchemes.Contains(scheme, StringComparer.Ordinal) => throw new HoldfastException(
                FailureKind.Usage,
                $"restic's `{scheme}:` is not among the kinds of storage that are supported",
                "`rclone serve restic` makes most of them a `rest:` repository"),
            _ => throw new HoldfastException(
                FailureKind.Usage,
                "the address of the repository begins with no known kind of storage",
                "known are rest:, sftp:, s3: and local:; a folder with a colon in its name is written local:FOLDER"),
        };
    }

    internal static HoldfastException Wrong(string message, string? hint = null, Exception? cause = null) =>
        new(FailureKind.Usage, message, hint, cause);

    /// <summary>Control characters and white space have no place in a host's or user's name, and a dash would make it an option of ssh.</summary>
    internal static bool IsName(string text) =>
        text.Length > 0 && text[0] != '-' && !text.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter));

    private static bool LooksLikePath(string text) =>
        text.StartsWith('/') || text.StartsWith("./", StringComparison.Ordinal) || text.StartsWith("../", StringComparison.Ordinal);
}
