using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Tar;

/// <summary>
/// Writes nodes as a tar archive (pax) that GNU and BSD tar read: names as raw bytes, times to the nanosecond, extended attributes as
/// <c>SCHILY.xattr</c>. The caller writes the content of a file after its header.
/// </summary>
internal sealed class TarWriter(Stream output)
{
    private const int EndBlocks = 2;

    /// <summary>False for what an archive cannot hold: sockets and what is of no known type.</summary>
    internal static bool CanHold(Node node) => TypeOf(node.Type) is not null;

    /// <param name="name">The name in the archive, without a slash in front.</param>
    /// <param name="node">What it is.</param>
    /// <param name="size">Bytes of content that follow; 0 unless it is a file.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    internal async Task WriteHeaderAsync(ReadOnlyMemory<byte> name, Node node, long size, CancellationToken cancellationToken)
    {
        var fields = Fields(name, node, size);
        var pax = Extended(fields, node);
        if (!pax.IsEmpty)
        {
            var extended = new TarHeaderFields((byte)'x', "PaxHeaders/entry"u8.ToArray()) { Mode = FilePermissions.ReadableFile, Size = pax.Bytes.Length };
            await output.WriteAsync(TarBlock.Of(extended), cancellationToken).ConfigureAwait(false);
            await output.WriteAsync(pax.Bytes, cancellationToken).ConfigureAwait(false);
            await PadAsync(pax.Bytes.Length, cancellationToken).ConfigureAwait(false);
        }

        await output.WriteAsync(TarBlock.Of(fields), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fills the last block of content.</summary>
    internal Task PadAsync(long size, CancellationToken cancellationToken)
    {
        var rest = (int)(size % TarBlock.Size);
        return rest == 0 ? Task.CompletedTask : output.WriteAsync(new byte[TarBlock.Size - rest], cancellationToken).AsTask();
    }

    /// <summary>Without this the archive is seen to be cut.</summary>
    internal ValueTask WriteEndAsync(CancellationToken cancellationToken) => output.WriteAsync(new byte[EndBlocks * TarBlock.Size], cancellationToken);

    private static TarHeaderFields Fields(ReadOnlyMemory<byte> name, Node node, long size)
    {
        if (node.Type == NodeType.Directory) name = (byte[])[.. name.Span, (byte)'/'];
        var isDevice = node.Type is NodeType.BlockDevice or NodeType.CharacterDevice;
        return new TarHeaderFields(TypeOf(node.Type)!.Value, name)
        {
            Mode = NodeMode.PermissionsOf(node.Mode),
            Uid = node.Uid,
            Gid = node.Gid,
            Size = size,
            Time = node.ModifiedAt.UnixSeconds,
            LinkTarget = node.LinkTarget ?? default,
            User = node.User ?? string.Empty,
            Group = node.Group ?? string.Empty,
            Major = isDevice ? DeviceNumber.MajorOf(node.Device) : 0,
            Minor = isDevice ? DeviceNumber.MinorOf(node.Device) : 0,
        };
    }

    private static PaxRecords Extended(TarHeaderFields fields, Node node)
    {
        var pax = new PaxRecords();
        if (fields.Name.Length > TarBlock.LongestName) pax.Add("path", fields.Name.Span);
        if (fields.LinkTarget.Length > TarBlock.LongestName) pax.Add("linkpath", fields.LinkTarget.Span);
        if (fields.Size > TarBlock.LargestLong) pax.Add("size", fields.Size.ToString(CultureInfo.InvariantCulture));
        if (fields.Uid > TarBlock.LargestShort) pax.Add("uid", fields.Uid.ToString(CultureInfo.InvariantCulture));
        if (fields.Gid > TarBlock.LargestShort) pax.Add("gid", fields.Gid.ToString(CultureInfo.InvariantCulture));
        if (node.ModifiedAt.Nanoseconds != 0 || node.ModifiedAt.UnixSeconds is < 0 or > TarBlock.LargestLong) pax.AddTime("mtime", node.ModifiedAt);
        foreach (var attribute in node.ExtendedAttributes) pax.Add("SCHILY.xattr." + Keyword(attribute.Name), attribute.Value.Span);
        return pax;
    }

    // The sign ends a keyword, so it is written as GNU tar does.
    private static string Keyword(string attribute) =>
        attribute.Replace("%", "%25", StringComparison.Ordinal).Replace("=", "%3D", StringComparison.Ordinal);

    private static byte? TypeOf(NodeType type) => type switch
    {
        NodeType.File => (byte)'0',
        NodeType.Symlink => (byte)'2',
        NodeType.CharacterDevice => (byte)'3',
        NodeType.BlockDevice => (byte)'4',
        NodeType.Directory => (byte)'5',
        NodeType.Fifo => (byte)'6',
        _ => null,
    };
}
