using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Testing;

public sealed class RunningProcessTests
{
    [Fact]
    public async Task Gives_input_and_collects_everything()
    {
        var result = await RunningProcess.RunAsync(
            "sh", ["-c", "cat; echo \"$NAME\" >&2; exit 3"], new Dictionary<string, string?> { ["NAME"] = "value" }, input: "{\"a\":1}\n");
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(1, result.Json().GetProperty("a").GetInt32());
        Assert.Equal("value\n", result.Error);
        Assert.Contains("exit code 3", Assert.Throws<InvalidOperationException>(() => result.Expect(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waits_for_a_line_and_kills()
    {
        await using var process = RunningProcess.Start("sh", ["-c", "echo ready 42; exec sleep 1000"]);
        Assert.Equal("ready 42", await process.WaitForLineAsync(line => line.StartsWith("ready", StringComparison.Ordinal)));
        Assert.False(process.HasExited);
        process.Signal(9);
        Assert.Equal(137, (await process.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task The_real_program_runs()
    {
        using var holdfast = new HoldfastProgram();
        var result = await holdfast.TryRunAsync("--version");
        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Error);
    }
}
