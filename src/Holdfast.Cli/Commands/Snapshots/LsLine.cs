using System.Globalization;
using System.Text;
using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Trees;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary>One thing in a snapshot as <c>ls -l</c> would show it, and as a document.</summary>
internal static class LsLine
{
    private const uint SetUser = 0x800;
    private const uint SetGroup = 0x400;
    private const uint Sticky = 0x200;

    internal static string Of(SnapshotEntry entry, TimeZoneInfo zone)
    {
        var node = entry.Node;
        var folder = node.Type == NodeType.Directory ? "/" : string.Empty;
        var target = node.LinkTarget is { } link ? $" -> {PrintableName.Escape(link.Span)}" : string.Empty;
        var size = node.Type == NodeType.File ? node.Size.ToString(CultureInfo.InvariantCulture) : "-";
        var time = HumanFormat.Time(node.ModifiedAt.ToDateTimeOffset(), zone);
        return $"{Letter(node.Type)}{Permissions(node)}  {Owner(node.User, node.Uid),-8} {Owner(node.Group, node.Gid),-8} {size,12}  {time}  {entry.Path.Display}{folder}{target}";
    }

    internal static LsDocument Document(SnapshotEntry entry)
    {
        var node = entry.Node;
        return new LsDocument(
            entry.Path.ToString(),
            DiffReport.PathBytes(entry.Path),
            NodeTypeNames.NameOf(node.Type) ?? "unknown",
            Convert.ToString(NodeMode.PermissionsOf(node.Mode), 8).PadLeft(4, '0'),
            node.Uid,
            node.Gid,
            node.User,
            node.Group,
            node.Type == NodeType.File ? (long)Math.Min(node.Size, long.MaxValue) : null,
            node.ModifiedAt.ToString(),
            node.LinkTarget is { } target ? Encoding.UTF8.GetString(target.Span) : null);
    }

    private static string Owner(string? name, uint number) => string.IsNullOrEmpty(name) ? number.ToString(CultureInfo.InvariantCulture) : PrintableName.Escape(name);

    private static char Letter(NodeType type) => type switch
    {
        NodeType.File => '-',
        NodeType.Directory => 'd',
        NodeType.Symlink => 'l',
        NodeType.BlockDevice => 'b',
        NodeType.CharacterDevice => 'c',
        NodeType.Fifo => 'p',
        NodeType.Socket => 's',
        _ => '?',
    };

    /// <summary>The nine letters of ls(1), which has set-user-ID, set-group-ID and sticky in place of the x.</summary>
    private static string Permissions(Node node)
    {
        var bits = NodeMode.PermissionsOf(node.Mode);
        Span<char> letters = stackalloc char[9];
        for (var i = 0; i < letters.Length; i++) letters[i] = (bits & (0x100u >> i)) != 0 ? "rwx"[i % 3] : '-';
        if ((bits & SetUser) != 0) letters[2] = letters[2] == 'x' ? 's' : 'S';
        if ((bits & SetGroup) != 0) letters[5] = letters[5] == 'x' ? 's' : 'S';
        if ((bits & Sticky) != 0) letters[8] = letters[8] == 'x' ? 't' : 'T';
        return letters.ToString();
    }
}
