using System.Text.RegularExpressions;

namespace Holdfast.Restic.Backends;

/// <summary>The names under which a file is written before it is whole, and which stay when that is cut off.</summary>
internal static partial class InterruptedWrite
{
    /// <summary>Holdfast's and restic's in folders and over SFTP, and rest-server's.</summary>
    internal static bool IsNamed(string name) => Pattern().IsMatch(name);

    [GeneratedRegex("^[0-9a-f]{64}(-tmp-[0-9a-f]+|-restic-temp-[0-9a-f]+|\\.rest-server-temp[0-9]*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
