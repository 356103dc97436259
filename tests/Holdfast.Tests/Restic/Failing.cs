using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Restic;

/// <summary>Expects failures by their kind.</summary>
internal static class Failing
{
    public static async Task<HoldfastException> ThrowsAsync(FailureKind kind, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<HoldfastException>(action);
        Assert.True(error.Kind == kind, $"{error.Kind}: {error.Message}");
        return error;
    }

    public static HoldfastException Throws(FailureKind kind, Action action)
    {
        var error = Assert.Throws<HoldfastException>(action);
        Assert.True(error.Kind == kind, $"{error.Kind}: {error.Message}");
        return error;
    }
}
