using System.Text;
using System.Text.Unicode;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Manifest;

namespace Holdfast.Engine.Archives.Packing;

/// <summary>Tells by the first bytes what a file is.</summary>
internal static class ArchiveMagic
{
    /// <summary>Bytes that <see cref="IsEncrypted"/> looks at.</summary>
    internal const int EncryptedHeadSize = 32;

    /// <summary>A packet of OpenPGP that tells of a symmetric key (tag 3, RFC 4880 section 4.2), or the armoured form.</summary>
    internal static bool IsEncrypted(ReadOnlySpan<byte> head) =>
        (head.Length > 1 && head[0] is 0x8c or 0xc3) || head.StartsWith("-----BEGIN PGP MESSAGE"u8);

    internal static ArchiveCompression CompressionOf(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]) ? ArchiveCompression.Gzip
        : head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]) ? ArchiveCompression.Zstd
        : ArchiveCompression.None;

    /// <summary>Null when it is nothing known.</summary>
    internal static ArchiveKind? KindOf(ReadOnlySpan<byte> head)
    {
        const int TarMagic = 257;
        if (head.Length > TarMagic && head[TarMagic..].StartsWith("ustar"u8)) return ArchiveKind.Tar;
        if (SqliteFiles.HasHeader(head)) return ArchiveKind.Database;
        return LooksLikeSql(head) ? ArchiveKind.Sql : null;
    }

    private static bool LooksLikeSql(ReadOnlySpan<byte> head)
    {
        if (head.Contains((byte)0)) return false;
        // The last character may be cut.
        for (var cut = 0; cut < 4 && !Utf8.IsValid(head); cut++) head = head[..^Math.Min(1, head.Length)];
        var text = Encoding.UTF8.GetString(head).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        return Utf8.IsValid(head)
            && new[] { "PRAGMA", "BEGIN", "CREATE", "INSERT", "--", "/*" }.Any(word => text.StartsWith(word, StringComparison.OrdinalIgnoreCase));
    }
}
