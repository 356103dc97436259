using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Retention;

/// <summary>
/// Removals from groups of which nothing is known to be proven: there the policy alone decides, and whoever can add snapshots can push out the good
/// ones. Whoever never drills is to hear of it when it begins to matter, which is when the first one goes.
/// </summary>
internal static class UnprotectedRemovals
{
    private const int MostNamed = 3;

    /// <summary>One sentence; null where every group has something that is proven, or loses no restore point.</summary>
    internal static string? Describe(IReadOnlyList<ForgetGroup> groups, ProtectedSnapshots kept)
    {
        var bare = groups.Where(group => group.Decisions.Any(decision => !decision.IsKept && !SafetyTag.IsOn(decision.Stored.Snapshot)))
            .Where(group => !group.Decisions.Any(decision => kept.Contains(decision.Stored)))
            .Select(group => NameOf(group.Group)).Distinct(StringComparer.Ordinal).ToList();
        if (bare.Count == 0) return null;
        var named = string.Join(", ", bare.Take(MostNamed)) + (bare.Count > MostNamed ? $" and {HumanFormat.Count(bare.Count - MostNamed, "more", "more")}" : string.Empty);
        return $"nothing is known to be proven of {named}, so the policy alone says what goes: prove one with `holdfast drill` where forget runs, or give --accept-unproven when that is meant";
    }

    private static string NameOf(RetentionGroup group)
    {
        var host = group.Key.Host is { } name ? $"the host {Quoted.Escape(name, longest: 100)}" : null;
        return group.Application is { } application
            ? $"the application {Quoted.Escape(application, longest: 100)}{(host is null ? string.Empty : $" on {host}")}"
            : host ?? "these snapshots";
    }
}
