using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>The end of a restore, when everything is exchanged: verify, start, ask, accept, and only then remove the old things.</summary>
internal sealed class RestoreFinish(ApplicationExchange exchange, DatabaseVerification verification, Downtime downtime, OperationProgress progress)
{
    /// <summary>Old files that stay beside the new ones.</summary>
    internal static IReadOnlyList<FilePath> KeptOf(ExchangeDocument document) =>
        [.. document.Items.SelectMany(item => item.Each()).Where(item => item.Old is not null && document.Keep.Contains(item.Destination)).Select(item => item.Kept!)];

    /// <summary>Old files that stay because somebody has written to them since they were saved; known in the end.</summary>
    internal IReadOnlyList<FilePath> Written { get; private set; } = [];

    /// <returns>What became of the application, in a sentence; null when it is not Holdfast's.</returns>
    /// <exception cref="HoldfastException">It does not work: nothing was put back yet.</exception>
    internal async Task<string?> CompleteAsync(ExchangeDocument document)
    {
        downtime.Save(document with { Phase = ExchangePhase.Exchanged });
        progress.Begin(RestoreSteps.Verify);
        foreach (var item in document.Items.Where(item => item.Kind == ExchangeKind.Database)) Verify(item);
        await exchange.VerifyAsync().ConfigureAwait(false);
        var service = await downtime.EndWithNewStateAsync().ConfigureAwait(false);
        await AcceptAsync(document).ConfigureAwait(false);
        return service;
    }

    /// <summary>
    /// Removes the old things; there is no way back but the safety snapshot. The journal forgets what could be put back in the same instant in
    /// which it learns of the end.
    /// </summary>
    internal async Task AcceptAsync(ExchangeDocument document)
    {
        downtime.Accept(document);
        progress.Begin(RestoreSteps.Finish);
        Written = await exchange.DropAsync(document.Keep).ConfigureAwait(false);
        downtime.Complete();
    }

    private void Verify(ExchangeItem item)
    {
        var problems = verification.CheckInPlace(item.Destination, item.New!.Value);
        if (problems.Count == 0) return;
        throw new HoldfastException(
            FailureKind.Damaged,
            $"the restored database \"{item.Destination.Display}\" does not work in its place: {string.Join("; ", problems.Select(PrintableName.Escape))}",
            "restore it with --target to look into it");
    }
}
