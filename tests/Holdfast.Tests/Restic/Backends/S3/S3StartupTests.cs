using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.S3;

public sealed class S3StartupTests
{
    [Fact]
    public async Task The_program_loads_the_SDK_only_when_it_is_needed()
    {
        using var directory = new TempDirectory();
        using var program = new HoldfastProgram(directory["no repository"]);
        var result = await RunningProcess.RunAsync(
            RealComponent.Require("strace"), ["-f", "-e", "trace=openat", .. HoldfastProgram.Command, "list"], program.Variables);

        result.Expect(10);
        Assert.Contains("Holdfast.Restic.dll", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("AWSSDK", result.Error, StringComparison.Ordinal);
    }
}
