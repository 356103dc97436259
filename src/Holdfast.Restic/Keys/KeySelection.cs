using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Keys;

/// <summary>Finds the key that a person means.</summary>
public static class KeySelection
{
    private const string ListHint = "`holdfast keys list` shows the keys there are";

    /// <param name="keys">Those there are.</param>
    /// <param name="argument">The beginning of an ID.</param>
    /// <exception cref="HoldfastException">NotFound: there is none. Usage: not an ID, or the beginning of several.</exception>
    public static Id Resolve(KeyListing keys, string argument)
    {
        if (argument.Length is 0 or > Id.Size * 2 || !argument.All(char.IsAsciiHexDigit))
            throw new HoldfastException(FailureKind.Usage, $"{Quoted.Text(argument)} is not the ID of a key", ListHint);
        var prefix = argument.ToLowerInvariant();
        var candidates = keys.Readable.Select(key => key.Id).Concat(keys.Damaged.Select(key => key.Id))
            .Where(id => id.ToString().StartsWith(prefix, StringComparison.Ordinal)).ToList();
        return candidates.Count switch
        {
            1 => candidates[0],
            0 => throw new HoldfastException(FailureKind.NotFound, $"there is no key {prefix}", ListHint),
            _ => throw new HoldfastException(FailureKind.Usage, $"{prefix} is the beginning of {candidates.Count} keys", "give more digits of the ID"),
        };
    }
}
