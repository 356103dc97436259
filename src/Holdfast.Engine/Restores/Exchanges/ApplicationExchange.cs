using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>Everything that a restore exchanges: files, and databases of servers.</summary>
/// <param name="files">Files with the databases that are files.</param>
/// <param name="served">Databases that a server holds.</param>
internal sealed class ApplicationExchange(Exchange files, ServedExchange served) : IDisposable
{
    /// <summary>What the journal knows of.</summary>
    internal static ApplicationExchange Of(ExchangeDocument document, TimeProvider clock, RestoreLog log, bool isResumed = false) =>
        new(new Exchange(document.Items, log) { IsResumed = isResumed }, new ServedExchange(document.Served, clock, log) { EndsSessions = document.EndsSessions });

    /// <summary>Exchanges what is not exchanged yet. When it fails, what was exchanged is to be put back.</summary>
    internal async Task ForwardAsync()
    {
        await served.ForwardAsync().ConfigureAwait(false);
        files.Forward();
    }

    /// <summary>As <see cref="Exchange.PutBack"/>. Files first: what is needed to reach a server may be one of them.</summary>
    /// <exception cref="HoldfastException">Something could not be put back: what, and where it is.</exception>
    internal async Task<IReadOnlyList<string>> PutBackAsync()
    {
        var remarks = new List<string>();
        HoldfastException? failed = null;
        try
        {
            remarks.AddRange(files.PutBack());
        }
        catch (HoldfastException error)
        {
            failed = error;
        }

        try
        {
            remarks.AddRange(await served.PutBackAsync().ConfigureAwait(false));
        }
        catch (HoldfastException error)
        {
            failed = failed is null ? error : new HoldfastException(failed.Kind, $"{failed.Message}; {error.Message}", failed.Hint, error);
        }

        if (failed is null) return remarks;
        throw remarks.Count == 0 ? failed : new HoldfastException(failed.Kind, string.Join("; ", remarks.Prepend(failed.Message)), failed.Hint, failed);
    }

    /// <summary>Asks each restored database of a server in its place.</summary>
    internal Task VerifyAsync() => served.VerifyAsync();

    /// <summary>As <see cref="Exchange.Drop"/>.</summary>
    internal async Task<IReadOnlyList<FilePath>> DropAsync(IReadOnlyList<FilePath> keep)
    {
        var written = files.Drop(keep);
        await served.DropAsync().ConfigureAwait(false);
        return written;
    }

    public void Dispose() => files.Dispose();
}
