using System.Text.RegularExpressions;

namespace Holdfast.Engine.Manifest;

/// <summary>Takes out of a manifest's text what somebody wrote there although it is a secret. What only looks like one goes too.</summary>
public static partial class Redaction
{
    /// <summary>Stands where something was taken out.</summary>
    public const string Mark = "***";

    /// <summary>True for the name of a variable, option or parameter whose value is probably secret.</summary>
    public static bool IsSecretName(string name) => SecretName().IsMatch(name);

    /// <summary>A text without the passwords of URLs, and without the values of parameters and options that have secret names.</summary>
    public static string Text(string text) =>
        Assignment().Replace(UserInfo().Replace(text, $"://{Mark}@"), match => IsSecretName(match.Groups["name"].Value)
            ? $"{match.Groups["name"].Value}={Mark}"
            : match.Value);

    /// <summary>Words of a command line: as <see cref="Text"/>, and without what follows an option with a secret name.</summary>
    public static IReadOnlyList<string> Words(IReadOnlyList<string> words) =>
        [.. words.Select((word, i) => i > 0 && words[i - 1].StartsWith('-') && !words[i - 1].Contains('=') && IsSecretName(words[i - 1]) ? Mark : Text(word))];

    [GeneratedRegex("://[^/?#@\\s]*@", RegexOptions.NonBacktracking)]
    private static partial Regex UserInfo();

    [GeneratedRegex("(?<name>[A-Za-z0-9_.-]+)=[^&#\\s]*", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Assignment();

    [GeneratedRegex("pass(word|wd|phrase)?|pwd|secret|token|credential|signature|auth|api[_-]?key|private[_-]?key|access[_-]?key|(^|[_-])(key|sig|dsn)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex SecretName();
}
