using System.Globalization;
using System.Text;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Streams;

namespace Holdfast.Engine.Databases.Postgres.BaseBackups;

/// <summary>One of the archives of a base backup, or its manifest.</summary>
/// <param name="Tablespace">The number of the tablespace that an archive is of; null for the data directory.</param>
/// <param name="IsManifest">It is no archive.</param>
/// <param name="Content">A tar archive, or the manifest; to be read before the next part is asked for.</param>
internal sealed record BaseBackupPart(uint? Tablespace, bool IsManifest, Stream Content);

/// <summary>Reads the messages of a base backup: each begins with a letter that says what it is (PostgreSQL's documentation, 55.4, BASE_BACKUP).</summary>
internal sealed class BaseBackupMessages(ReplicationConnection connection)
{
    private byte[]? _header;

    /// <summary>Where the WAL ends that the backup needs; null while not all was read.</summary>
    internal string? End { get; private set; }

    internal async Task<BaseBackupPart?> NextAsync(CancellationToken cancellationToken)
    {
        while (_header is null && End is null) _ = await ContentAsync(cancellationToken).ConfigureAwait(false);
        if (_header is not { } header) return null;
        _header = null;
        return header[0] == 'm' ? new BaseBackupPart(null, IsManifest: true, new PartStream(this)) : new BaseBackupPart(TablespaceOf(header), IsManifest: false, new PartStream(this));
    }

    /// <summary>The next bytes of a part; empty at its end.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> ContentAsync(CancellationToken cancellationToken)
    {
        while (_header is null && End is null)
        {
            var message = await connection.CopiedAsync(cancellationToken).ConfigureAwait(false);
            switch (message)
            {
                case null:
                    // When the server failed in the middle, this says so.
                    End = (await connection.RowsAsync(cancellationToken).ConfigureAwait(false))[0][0] ?? string.Empty;
                    break;
                case [(byte)'d', ..]:
                    if (message.Length > 1) return message.AsMemory(1);
                    break;
                case [(byte)'n' or (byte)'m', ..]:
                    _header = message;
                    break;
                case [(byte)'p', ..]:
                    break;
                default:
                    throw new HoldfastException(FailureKind.Failed, "the server sent something in a base backup that is not understood", "update Holdfast");
            }
        }

        return default;
    }

    // After the letter comes the name of the archive, and a zero: 16384.tar, or base.tar.
    private static uint? TablespaceOf(byte[] header)
    {
        var name = header.AsSpan(1);
        if (name.IndexOf((byte)0) is var end and >= 0) name = name[..end];
        if (name.SequenceEqual("base.tar"u8)) return null;
        var dot = name.IndexOf((byte)'.');
        return dot > 0 && uint.TryParse(name[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw new HoldfastException(FailureKind.Failed, $"the server sent an archive of which nobody knows: {Quoted.Text(Encoding.UTF8.GetString(name))}", "update Holdfast");
    }

    private sealed class PartStream(BaseBackupMessages messages) : OneWayStream
    {
        private ReadOnlyMemory<byte> _left;

        public override bool CanRead => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left.IsEmpty) _left = await messages.ContentAsync(cancellationToken).ConfigureAwait(false);
            var length = Math.Min(buffer.Length, _left.Length);
            _left[..length].CopyTo(buffer);
            _left = _left[length..];
            return length;
        }
    }
}
