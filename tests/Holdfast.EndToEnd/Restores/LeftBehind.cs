using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>What a restore has put beside an application's files and not taken away.</summary>
internal static class LeftBehind
{
    /// <summary>Nothing may be left.</summary>
    public static void ExpectNothing(RunningShop shop) => Assert.Empty(Find(shop));

    /// <summary>Nothing may be left but what the application wrote with a restored state that did not stay; and that is named.</summary>
    public static void ExpectOnlyNamed(RunningShop shop, ProgramResult told) => Assert.All(Find(shop), path =>
    {
        Assert.Contains(".replaced", path, StringComparison.Ordinal);
        Assert.Contains(".replaced", told.Output + told.Error, StringComparison.Ordinal);
    });

    private static IEnumerable<string> Find(RunningShop shop) =>
        Directory.EnumerateFiles(shop.Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = default })
            .Where(path => path.Contains(".holdfast-", StringComparison.Ordinal) || path.Contains(".before-restore-", StringComparison.Ordinal));
}
