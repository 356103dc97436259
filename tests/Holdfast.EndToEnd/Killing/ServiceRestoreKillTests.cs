using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>
/// A restore of an application that Holdfast stops and starts, killed at any call, also those of the commands that stop and start it: see
/// <see cref="RestoreVerdict"/>. In the end it runs, as it did in the beginning.
/// </summary>
public sealed class ServiceRestoreKillTests
{
    [Fact]
    public async Task A_restore_with_a_service_killed_at_any_call_ends_entirely_old_or_entirely_new_and_running()
    {
        using var stage = await KillStage.CreateAsync(Declare);
        var running = Path.Combine(stage["service"], "running");
        var verdict = new RestoreVerdict(stage, old: 2, @new: 1)
        {
            Also = () => Assert.True(File.Exists(running), "the application does not run, as it did before"),
        };

        await new KillSweep("restore with a service", sample: 4) { Critical = call => call.Contains(stage["service"], StringComparison.Ordinal) }.RunAsync(
            stage.Traced(stage["service"]),
            async () =>
            {
                await stage.ResetAsync();
                await File.WriteAllTextAsync(running, string.Empty, TestContext.Current.CancellationToken);
            },
            ["restore", stage.First, "--yes"],
            verdict.ExpectAsync);
    }

    /// <summary>An application that runs as long as a file is there.</summary>
    private static string Declare(KillStage stage)
    {
        var control = Path.Combine(stage["service"], "control");
        Directory.CreateDirectory(stage["service"]);
        File.WriteAllText(control, $"""
            cd "{stage["service"]}" || exit 1
            case $1 in
            start) echo start >> calls; : > "{stage["service"]}/running" ;;
            stop) echo stop >> calls; rm -f "{stage["service"]}/running" ;;
            status) test -e running ;;
            esac
            """);
        return $"""
            service:
              start: [sh, "{control}", start]
              stop: [sh, "{control}", stop]
              status: [sh, "{control}", status]
            """;
    }
}
