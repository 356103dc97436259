using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres.BaseBackups;

/// <summary>
/// A connection that speaks the replication protocol (PostgreSQL's documentation, 55.4). All calls wait, in threads of their own; who cancels cuts the
/// connection, and the server ends what it does for it.
/// </summary>
internal sealed class ReplicationConnection : IDisposable
{
    private readonly PostgresServer _server;
    private readonly Lock _gate = new();
    private readonly List<string> _notices = [];
    private nint _connection;
    private GCHandle _self;

    private ReplicationConnection(PostgresServer server) => _server = server;

    /// <summary>What the server said beside its answers, in its own words.</summary>
    internal IReadOnlyList<string> Notices
    {
        get
        {
            lock (_gate) return [.. _notices];
        }
    }

    /// <exception cref="HoldfastException">Unavailable, Busy, Refused: no connection. NotFound: libpq is not installed.</exception>
    internal static async Task<ReplicationConnection> OpenAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var connection = new ReplicationConnection(server);
        try
        {
            // Its time is limited by connect_timeout.
            await Task.Run(connection.Open, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return connection;
        }
        catch (DllNotFoundException error)
        {
            connection.Dispose();
            throw new HoldfastException(
                FailureKind.NotFound, $"{LibPq.FileName}, the client library of PostgreSQL, is not on this machine", "install it: apt install libpq5", error);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends a command; its results are then asked for one by one.</summary>
    internal Task SendAsync(string command, CancellationToken cancellationToken) => WithCancellationAsync(
        () =>
        {
            if (LibPq.SendQuery(_connection, command) == 0) throw Failure(null);
            return true;
        },
        cancellationToken);

    /// <summary>The rows of the next result.</summary>
    /// <exception cref="HoldfastException">The server's failure, or the connection broke.</exception>
    internal Task<IReadOnlyList<string?[]>> RowsAsync(CancellationToken cancellationToken) => WithCancellationAsync(Rows, cancellationToken);

    /// <summary>The next result is the beginning of copying.</summary>
    internal Task BeginCopyAsync(CancellationToken cancellationToken) => WithCancellationAsync(
        () =>
        {
            using var result = Next(LibPq.CopyOut);
            return true;
        },
        cancellationToken);

    /// <summary>The next message of the copying; null at its end.</summary>
    internal Task<byte[]?> CopiedAsync(CancellationToken cancellationToken) => WithCancellationAsync(Copied, cancellationToken);

    /// <summary>The last result of a command, which has no rows.</summary>
    /// <returns>What the server says went wrong in the end though all was sent; null when nothing did.</returns>
    internal Task<HoldfastException?> FinishAsync(CancellationToken cancellationToken) => WithCancellationAsync(
        () =>
        {
            HoldfastException? failure = null;
            while (LibPq.GetResult(_connection) is var result and not 0)
            {
                using var handle = new ResultHandle(result);
                if (LibPq.ResultStatus(result) != LibPq.CommandDone) failure ??= Failure(handle);
            }

            return failure;
        },
        cancellationToken);

    public void Dispose()
    {
        lock (_gate)
        {
            if (_connection != 0) LibPq.Finish(_connection);
            _connection = 0;
            if (_self.IsAllocated) _self.Free();
        }
    }

    private unsafe void Open()
    {
        ClientVariables.Remove();
        var settings = _server.ReplicationSettings;
        var keywords = stackalloc nint[settings.Count + 1];
        var values = stackalloc nint[settings.Count + 1];
        var at = 0;
        try
        {
            foreach (var (keyword, value) in settings)
            {
                keywords[at] = Marshal.StringToCoTaskMemUTF8(keyword);
                values[at++] = Marshal.StringToCoTaskMemUTF8(value);
            }

            keywords[at] = values[at] = 0;
            _connection = LibPq.Connect(keywords, values, expandDatabaseName: 0);
        }
        finally
        {
            for (var i = 0; i < at; i++)
            {
                Marshal.FreeCoTaskMem(keywords[i]);
                Marshal.ZeroFreeCoTaskMemUTF8(values[i]);
            }
        }

        if (_connection == 0) throw new HoldfastException(FailureKind.Failed, "there is not enough memory for a connection");
        if (LibPq.Status(_connection) != LibPq.Connected) throw ReplicationFailures.Connecting(Text(LibPq.ErrorMessage(_connection)), _server);
        _self = GCHandle.Alloc(this);
        _ = LibPq.SetNoticeProcessor(_connection, &Noticed, GCHandle.ToIntPtr(_self));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Noticed(nint self, nint message)
    {
        const int Most = 200;
        var connection = (ReplicationConnection)GCHandle.FromIntPtr(self).Target!;
        lock (connection._gate)
        {
            if (connection._notices.Count < Most) connection._notices.Add(Text(message).Trim());
        }
    }

    private IReadOnlyList<string?[]> Rows()
    {
        using var result = Next(LibPq.Rows);
        var rows = new List<string?[]>();
        for (var row = 0; row < LibPq.RowCount(result.Value); row++)
        {
            var columns = new string?[LibPq.ColumnCount(result.Value)];
            for (var column = 0; column < columns.Length; column++)
                columns[column] = LibPq.IsNull(result.Value, row, column) != 0 ? null : Text(LibPq.Value(result.Value, row, column));
            rows.Add(columns);
        }

        return rows;
    }

    private unsafe byte[]? Copied()
    {
        nint buffer = 0;
        var length = LibPq.GetCopyData(_connection, &buffer, isAsynchronous: 0);
        if (length == LibPq.EndOfCopy) return null;
        if (length < 0) throw Failure(null);
        try
        {
            return new ReadOnlySpan<byte>((void*)buffer, length).ToArray();
        }
        finally
        {
            LibPq.FreeMemory(buffer);
        }
    }

    private ResultHandle Next(int wanted)
    {
        var result = LibPq.GetResult(_connection);
        if (result == 0) throw Failure(null);
        var handle = new ResultHandle(result);
        if (LibPq.ResultStatus(result) == wanted) return handle;
        using (handle) throw Failure(handle);
    }

    private HoldfastException Failure(ResultHandle? result) => result is { } told && LibPq.ErrorField(told.Value, LibPq.SqlState) is var state and not 0
        ? ReplicationFailures.Told(Text(state), Text(LibPq.ErrorField(told.Value, LibPq.PrimaryMessage)), _server)
        : ReplicationFailures.Broken(Text(LibPq.ErrorMessage(_connection)), _server);

    /// <summary>Runs a call that waits for the server. A connection that was cut for a cancellation is of no further use.</summary>
    private async Task<T> WithCancellationAsync<T>(Func<T> call, CancellationToken cancellationToken)
    {
        using var cutting = cancellationToken.Register(Cut);
        try
        {
            return await Task.Run(call, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private void Cut()
    {
        lock (_gate)
        {
            if (_connection != 0 && LibPq.Socket(_connection) is var socket and >= 0) _ = LibPq.ShutDown(socket, LibPq.BothWays);
        }
    }

    private static string Text(nint text) => Marshal.PtrToStringUTF8(text) ?? string.Empty;

    private readonly record struct ResultHandle(nint Value) : IDisposable
    {
        public void Dispose() => LibPq.Clear(Value);
    }
}
