namespace Holdfast.Restic.Backends.Sftp;

/// <summary>Keeps a number of operations going at once, begun in their order.</summary>
internal static class Pipeline
{
    /// <summary>Ends when all have ended: after the first failure, which is thrown, no more are begun and those under way are cancelled.</summary>
    public static async Task RunAsync<T>(
        IEnumerable<T> items, int window, Func<T, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new Queue<Task>();
        try
        {
            foreach (var item in items)
            {
                if (running.Count >= window) await running.Dequeue().ConfigureAwait(false);
                running.Enqueue(work(item, stop.Token));
            }

            while (running.TryDequeue(out var oldest)) await oldest.ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }
}
