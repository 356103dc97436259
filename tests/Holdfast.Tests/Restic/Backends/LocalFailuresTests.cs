using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Restic.Backends;

public sealed class LocalFailuresTests
{
    private const int InputOutputError = 5;

    [Theory]
    [InlineData(LibC.NotPermitted, FailureKind.Unavailable)]
    [InlineData(LibC.AccessDenied, FailureKind.Unavailable)]
    [InlineData(LibC.ReadOnlyFileSystem, FailureKind.Unavailable)]
    [InlineData(LibC.NotConnected, FailureKind.Unavailable)]
    [InlineData(LibC.StaleHandle, FailureKind.Unavailable)]
    [InlineData(LibC.TooManyOpen, FailureKind.Unavailable)]
    [InlineData(InputOutputError, FailureKind.Failed)]
    [InlineData(LibC.NoEntry, FailureKind.NotFound)]
    [InlineData(LibC.NoSpace, FailureKind.NoSpace)]
    public void What_concerns_the_storage_is_told_from_what_concerns_a_file(int errno, FailureKind kind)
    {
        var failure = LocalFailures.From(new IOException("it failed", errno), "read pack 1");

        Assert.Equal((kind, 1), (failure.Kind, failure.ExitCode));
        Assert.StartsWith("cannot read pack 1: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Access_that_the_runtime_reports_as_denied_is_unavailable() => Assert.Equal(
        FailureKind.Unavailable, LocalFailures.From(new UnauthorizedAccessException(), "list it").Kind);
}
