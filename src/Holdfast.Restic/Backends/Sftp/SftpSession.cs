using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Sftp;

/// <summary>The connection as long as it lasts, and a new one after that. What goes wrong comes out as <see cref="HoldfastException"/>.</summary>
internal sealed class SftpSession(IReadOnlyList<string> command, SftpOptions options, TimeProvider clock) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private SftpConnection? _connection;
    private SftpFiles? _files;

    /// <param name="action">Completes "cannot …".</param>
    /// <param name="changes">Whether something is to be stored or deleted.</param>
    public async Task<T> RunAsync<T>(string action, bool changes, Func<SftpFiles, Task<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await work(await FilesAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception e) when (SftpFailures.IsExpected(e))
        {
            throw SftpFailures.From(e, action, changes);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection) await connection.DisposeAsync().ConfigureAwait(false);
        _gate.Dispose();
    }

    private async Task<SftpFiles> FilesAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_files is { } files && _connection is { IsBroken: false }) return files;
            if (_connection is { } broken) await broken.DisposeAsync().ConfigureAwait(false);
            (_connection, _files) = (null, null);
            _connection = await SftpConnection.OpenAsync(command, options, clock, cancellationToken).ConfigureAwait(false);
            return _files = await SftpFiles.OnAsync(_connection, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }
}
