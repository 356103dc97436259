namespace Holdfast.Engine.Manifest;

/// <summary>The kinds of plain archives, by the ending of their files.</summary>
public static class ArchiveFormat
{
    private const string Encrypted = ".gpg";

    private static readonly IReadOnlyList<string> _plain = ["tar.zst", "tar.gz", "db", "sql", "sql.gz"];

    /// <summary>Every format, those with encryption too.</summary>
    public static IReadOnlyList<string> All { get; } = [.. _plain, .. _plain.Select(format => format + Encrypted)];

    /// <summary>True for a format that needs a passphrase.</summary>
    public static bool IsEncrypted(string format) => format.EndsWith(Encrypted, StringComparison.Ordinal);

    /// <summary>True for a format that holds one database and nothing else.</summary>
    public static bool HoldsOneDatabase(string format) => !format.StartsWith("tar.", StringComparison.Ordinal);
}
