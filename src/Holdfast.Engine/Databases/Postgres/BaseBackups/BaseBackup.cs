using System.Globalization;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres.BaseBackups;

/// <summary>
/// A base backup that runs: BASE_BACKUP of the replication protocol (PostgreSQL's documentation, 55.4), with the WAL that makes it consistent. The server
/// sends a tar archive for each tablespace, then one for the data directory, then its manifest. It is of the state of the database when its end was
/// reached. The slot that keeps the WAL for it is temporary: when the connection ends, the server has forgotten all of it.
/// </summary>
internal sealed class BaseBackup : IDisposable
{
    /// <summary>Bytes that sizes are told in.</summary>
    private const long Unit = 1024;

    private readonly ReplicationConnection _connection;
    private readonly BaseBackupMessages _messages;

    private BaseBackup(ReplicationConnection connection, BaseBackupMessages messages) => (_connection, _messages) = (connection, messages);

    /// <summary>The identifier of the cluster, which its standbys and copies share.</summary>
    internal required string SystemIdentifier { get; init; }

    internal required int Timeline { get; init; }

    /// <summary>Where the WAL begins that it needs, as the server writes it: <c>0/2000028</c>.</summary>
    internal required string Start { get; init; }

    internal required IReadOnlyList<ClusterTablespace> Tablespaces { get; init; }

    /// <summary>Bytes that will be sent, as the server estimates it, without the WAL.</summary>
    internal required long EstimatedBytes { get; init; }

    /// <summary>What the server said beside all that, in its own words; harmless for terminals.</summary>
    internal IReadOnlyList<string> Notices => [.. SlotNotice is { } notice ? new[] { notice } : [], .. _connection.Notices.Select(PostgresFailures.Clean)];

    private string? SlotNotice { get; init; }

    /// <exception cref="HoldfastException">The server or the role cannot do it, and why.</exception>
    internal static async Task<BaseBackup> StartAsync(PostgresServer server, BaseBackupOptions options, CancellationToken cancellationToken)
    {
        var connection = await ReplicationConnection.OpenAsync(server, cancellationToken).ConfigureAwait(false);
        try
        {
            await connection.SendAsync("IDENTIFY_SYSTEM", cancellationToken).ConfigureAwait(false);
            var system = (await connection.RowsAsync(cancellationToken).ConfigureAwait(false))[0];
            if (await connection.FinishAsync(cancellationToken).ConfigureAwait(false) is { } failure) throw failure;
            var notice = await ReserveAsync(connection, cancellationToken).ConfigureAwait(false);
            await connection.SendAsync(Command(options), cancellationToken).ConfigureAwait(false);
            var start = (await connection.RowsAsync(cancellationToken).ConfigureAwait(false))[0];
            var spaces = await connection.RowsAsync(cancellationToken).ConfigureAwait(false);
            await connection.BeginCopyAsync(cancellationToken).ConfigureAwait(false);
            return new BaseBackup(connection, new BaseBackupMessages(connection))
            {
                SlotNotice = notice,
                SystemIdentifier = system[0] ?? string.Empty,
                Start = start[0] ?? string.Empty,
                Timeline = int.Parse(start[1] ?? "0", NumberStyles.None, CultureInfo.InvariantCulture),
                Tablespaces =
                [
                    .. spaces.Where(space => space[0] is not null)
                        .Select(space => new ClusterTablespace(uint.Parse(space[0]!, NumberStyles.None, CultureInfo.InvariantCulture), space[1] ?? string.Empty)),
                ],
                EstimatedBytes = spaces.Sum(space => long.Parse(space[2] ?? "0", NumberStyles.None, CultureInfo.InvariantCulture)) * Unit,
            };
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The next archive or the manifest; null when all was sent. What came before is read to its end.</summary>
    internal Task<BaseBackupPart?> NextAsync(CancellationToken cancellationToken) => _messages.NextAsync(cancellationToken);

    /// <summary>Takes the server's last word after all was read.</summary>
    /// <returns>Where its WAL ends, and what is damaged: pages whose checksums are wrong, in the server's own words.</returns>
    /// <exception cref="HoldfastException">It is not whole, and why.</exception>
    internal async Task<(string End, IReadOnlyList<string> Damage)> FinishAsync(CancellationToken cancellationToken)
    {
        var end = _messages.End ?? throw new InvalidOperationException("not all of it was read");
        var failure = await _connection.FinishAsync(cancellationToken).ConfigureAwait(false);
        if (failure is null) return (end, []);
        // It comes after everything was sent: the pages are what the server has, and what it says of them is known.
        if (failure.Kind != FailureKind.Damaged) throw failure;
        var pages = Notices.Where(notice => notice.Contains("checksum", StringComparison.Ordinal)).ToList();
        return (end, pages.Count > 0 ? pages : [failure.Message]);
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>The WAL comes last: without a slot a busy server may have removed by then what the backup began with. Also a standby can have one.</summary>
    /// <returns>Why there is none; null when there is.</returns>
    private static async Task<string?> ReserveAsync(ReplicationConnection connection, CancellationToken cancellationToken)
    {
        await connection.SendAsync($"CREATE_REPLICATION_SLOT holdfast_{Guid.NewGuid():N} TEMPORARY PHYSICAL RESERVE_WAL", cancellationToken).ConfigureAwait(false);
        try
        {
            await connection.RowsAsync(cancellationToken).ConfigureAwait(false);
            return await connection.FinishAsync(cancellationToken).ConfigureAwait(false) is { } late ? Unreserved(late) : null;
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.Unavailable)
        {
            await connection.FinishAsync(cancellationToken).ConfigureAwait(false);
            return Unreserved(error);
        }
    }

    private static string Unreserved(HoldfastException why) =>
        $"the server had no replication slot to spare ({why.Message}), so a backup that takes long may fail when it removes WAL meanwhile: raise max_replication_slots or wal_keep_size";

    // Without WAIT false a broken archive_command would hold it up for ever; the WAL that it needs comes with it.
    private static string Command(BaseBackupOptions options) =>
        "BASE_BACKUP (LABEL 'holdfast', PROGRESS, CHECKPOINT 'fast', WAL, WAIT false, MANIFEST 'yes', MANIFEST_CHECKSUMS 'SHA256', TARGET 'client'"
        + (options.MaxRate is { } rate ? string.Create(CultureInfo.InvariantCulture, $", MAX_RATE {rate}") : string.Empty) + ")";
}
