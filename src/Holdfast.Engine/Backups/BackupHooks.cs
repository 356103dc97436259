using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Backups;

/// <summary>The programs before and after a backup.</summary>
internal sealed class BackupHooks(BackupOptions options, HookProgram programs)
{
    private static readonly Dictionary<string, string?> _nothing = new(StringComparer.Ordinal);

    /// <exception cref="HoldfastException">Failed: one of them failed; those after it were not run.</exception>
    internal async Task BeforeAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < options.Around.Before.Count; i++)
            await programs.RunAsync($"backup.before[{i}]", options.Around.Before[i], _nothing, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs all of them, also when one fails.</summary>
    /// <param name="outcome"><c>done</c>, <c>partial</c> or <c>failed</c>.</param>
    /// <param name="snapshot">Null when there is none.</param>
    /// <returns>One sentence for each that failed.</returns>
    internal async Task<IReadOnlyList<string>> AfterAsync(string outcome, Id? snapshot)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["HOLDFAST_OUTCOME"] = outcome,
            ["HOLDFAST_SNAPSHOT"] = snapshot?.ToString() ?? string.Empty,
        };
        var problems = new List<string>();
        for (var i = 0; i < options.Around.After.Count; i++)
        {
            try
            {
                // Also after an interruption: they put in order what the programs before have changed. Their time is limited.
                await programs.RunAsync($"backup.after[{i}]", options.Around.After[i], variables, CancellationToken.None).ConfigureAwait(false);
            }
            catch (HoldfastException error)
            {
                problems.Add(error.Message);
            }
        }

        return problems;
    }
}
