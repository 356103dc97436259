using System.Diagnostics;
using Xunit;

namespace Holdfast.Testing;

/// <summary>Waiting for something that another process or thread does.</summary>
public static class Conditions
{
    /// <summary>Generous: it is reached only by a test that fails.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Looks again and again until the condition holds; fails the test after the deadline.</summary>
    /// <param name="what">Completes "timed out waiting until …".</param>
    public static Task Eventually(string what, Func<bool> condition, TimeSpan? deadline = null) =>
        Eventually(what, () => Task.FromResult(condition()), deadline);

    /// <inheritdoc cref="Eventually(string, Func{bool}, TimeSpan?)"/>
    public static async Task Eventually(string what, Func<Task<bool>> condition, TimeSpan? deadline = null)
    {
        var limit = deadline ?? Deadline;
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > limit) Assert.Fail($"timed out after {limit.TotalSeconds:0.#} s waiting until {what}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
