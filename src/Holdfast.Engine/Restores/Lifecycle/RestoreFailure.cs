using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>Why a restore failed, with what has become of the application since.</summary>
internal static class RestoreFailure
{
    internal static HoldfastException With(Exception error, string outcome) => error switch
    {
        HoldfastException failure => new HoldfastException(failure.Kind, $"{failure.Message}; {outcome}", failure.Hint, failure),
        OperationCanceledException => new HoldfastException(FailureKind.Interrupted, $"interrupted; {outcome}", null, error),
        _ => new HoldfastException(FailureKind.Failed, $"internal error: {error}; {outcome}", "this is a fault of Holdfast: please report it with these lines", error),
    };
}
