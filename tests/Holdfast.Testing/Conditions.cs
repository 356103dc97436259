using System.Diagnostics;
using Xunit;

namespace Holdfast.Testing;

/// <summary>Waiting for something that another process or thread does.</summary>
public static class Conditions
{
    /// <summary>
    /// Reached only by a test that fails, so that it may be long: on a machine with much else to do, what takes a second elsewhere takes a minute.
    /// </summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    /// <summary>Looks again and again until the condition holds; fails the test after the deadline.</summary>
    /// <param name="what">Completes "timed out waiting until …".</param>
    public static Task Eventually(string what, Func<bool> condition) =>
        Eventually(what, () => Task.FromResult(condition()));

    /// <inheritdoc cref="Eventually(string, Func{bool})"/>
    public static async Task Eventually(string what, Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > Deadline) Assert.Fail($"timed out after {Deadline.TotalMinutes:0} minutes waiting until {what}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
