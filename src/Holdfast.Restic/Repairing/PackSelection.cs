using System.Text;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Repairing;

/// <summary>Finds the packs that a person names.</summary>
internal static class PackSelection
{
    private const int FewestDigits = 4;

    /// <param name="arguments">IDs or the beginnings of them.</param>
    /// <param name="stored">The packs there are.</param>
    /// <param name="listed">The packs that the index lists.</param>
    /// <exception cref="HoldfastException">Usage: not an ID, or the beginning of several. NotFound.</exception>
    internal static List<StoredFile> Resolve(IReadOnlyList<string> arguments, IReadOnlyList<StoredFile> stored, IEnumerable<Id> listed)
    {
        var absent = listed.Except(stored.Select(file => file.Handle.Id)).ToList();
        return [.. arguments.Select(argument => Resolve(argument, stored, absent)).DistinctBy(file => file.Handle)];
    }

    private static StoredFile Resolve(string argument, IReadOnlyList<StoredFile> stored, List<Id> absent)
    {
        if (argument.Length < FewestDigits || argument.Length > Id.Size * 2 || !argument.All(char.IsAsciiHexDigit))
            throw new HoldfastException(FailureKind.Usage, $"\"{GoQuoting.Quote(Encoding.UTF8.GetBytes(argument))}\" is not the ID of a pack", "`holdfast check --read-data` names the damaged ones");
        var found = stored.Where(file => IsBeginning(argument, file.Handle.Id)).ToList();
        if (found is [var one]) return one;
        if (found.Count > 1) throw new HoldfastException(FailureKind.Usage, $"{argument} is the beginning of {found.Count} packs", "give more digits");
        throw absent.Any(pack => IsBeginning(argument, pack))
            ? new HoldfastException(FailureKind.NotFound, $"pack {argument} is missing, though the index lists it", "run `holdfast repair index`, which lists it no more")
            : new HoldfastException(FailureKind.NotFound, $"there is no pack {argument}", "`holdfast check --read-data` names the damaged ones");
    }

    private static bool IsBeginning(string argument, Id id) => id.ToString().StartsWith(argument, StringComparison.OrdinalIgnoreCase);
}
