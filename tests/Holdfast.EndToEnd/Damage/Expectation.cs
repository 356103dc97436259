using Holdfast.Restic.Backends;
using Holdfast.Restic.Checking;
using Xunit;

namespace Holdfast.EndToEnd.Damage;

/// <summary>What a check of a damaged repository must say.</summary>
/// <param name="Damaged">The files that findings must name.</param>
/// <param name="Harm">The paths that are hurt, as "SNAPSHOT PATH": these and no others.</param>
internal sealed record Expectation(IReadOnlyList<FileHandle> Damaged, IReadOnlySet<string> Harm)
{
    public void Verify(IReadOnlyList<CheckFinding> errors, string what)
    {
        Assert.True(errors.Count > 0, $"{what}: nothing was found");
        foreach (var file in Damaged) Assert.True(errors.Any(error => error.Subject.File == file), $"{what}: {file} is not named, only {Words(errors)}");
        var named = errors.SelectMany(error => error.Hurts).SelectMany(harm => harm.Paths.Select(path => $"{harm.Snapshot} {path}")).ToHashSet(StringComparer.Ordinal);
        var wrong = named.Except(Harm, StringComparer.Ordinal).ToList();
        Assert.True(wrong.Count == 0, $"{what}: named though not hurt: {string.Join("; ", wrong)}");
        // A finding names five paths of a snapshot and the number of the others.
        foreach (var missed in Harm.Except(named, StringComparer.Ordinal).GroupBy(path => path[..64], StringComparer.Ordinal))
        {
            var others = errors.SelectMany(error => error.Hurts).Where(harm => harm.Snapshot.ToString() == missed.Key).Select(harm => harm.MorePaths).DefaultIfEmpty().Max();
            Assert.True(missed.Count() <= others, $"{what}: hurt though not named: {string.Join("; ", missed)}; {Words(errors)}");
        }
    }

    private static string Words(IReadOnlyList<CheckFinding> errors) => string.Join("; ", errors.Select(error => $"{error.Subject}: {error.Message}"));
}
