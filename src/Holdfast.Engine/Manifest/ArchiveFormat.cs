using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest;

/// <summary>What an archive holds.</summary>
public enum ArchiveKind
{
    /// <summary>Databases and files with a list of what they are.</summary>
    Tar,

    /// <summary>One database as SQLite keeps it.</summary>
    Database,

    /// <summary>One database as SQL that makes it again.</summary>
    Sql,
}

/// <summary>What an archive is compressed with.</summary>
public enum ArchiveCompression
{
    None,
    Gzip,
    Zstd,
}

/// <summary>What kind of file an archive is.</summary>
/// <param name="Kind">What is inside.</param>
/// <param name="Compression">What that is compressed with.</param>
/// <param name="Encrypted">All of it is encrypted with gpg.</param>
public sealed record ArchiveFormat(ArchiveKind Kind, ArchiveCompression Compression, bool Encrypted)
{
    private const string EncryptedSuffix = ".gpg";

    private static readonly string[] Plain = ["tar.zst", "tar.gz", "db", "sql", "sql.gz"];

    private const string Known = ".tar.gz, .tgz, .tar.zst, .db, .bak, .sql or .sql.gz, each also with .gpg";

    /// <summary>Every format that a manifest may name, by its extension.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Plain, .. Plain.Select(format => format + EncryptedSuffix)];

    /// <summary>How a file's name ends, without the first dot: <c>tar.zst.gpg</c>.</summary>
    public string Extension => KindSuffix + CompressionSuffix + (Encrypted ? EncryptedSuffix : string.Empty);

    private string KindSuffix => Kind switch
    {
        ArchiveKind.Tar => "tar",
        ArchiveKind.Database => "db",
        _ => "sql",
    };

    private string CompressionSuffix => Compression switch
    {
        ArchiveCompression.Gzip => ".gz",
        ArchiveCompression.Zstd => ".zst",
        _ => string.Empty,
    };

    /// <summary>The format that a file's name asks for.</summary>
    /// <exception cref="HoldfastException">Usage: the name ends like none of them.</exception>
    public static ArchiveFormat OfName(string name) => TryOfName(name) ?? throw new HoldfastException(
        FailureKind.Usage, $"the name {Quoted.Text(name)} does not say what kind of archive it is to be", $"let it end in {Known}");

    /// <summary>The format of a manifest: an extension without the first dot.</summary>
    /// <inheritdoc cref="OfName"/>
    public static ArchiveFormat OfExtension(string extension) => TryOfName("archive." + extension) ?? throw new HoldfastException(
        FailureKind.Usage, $"{Quoted.Text(extension)} is no archive format", $"use {Known}");

    /// <summary>As <see cref="OfName"/>; null when the name ends like none of them.</summary>
    public static ArchiveFormat? TryOfName(string name)
    {
        var encrypted = TryCut(ref name, EncryptedSuffix);
        var compression = TryCut(ref name, ".gz") ? ArchiveCompression.Gzip
            : TryCut(ref name, ".zst") ? ArchiveCompression.Zstd
            : ArchiveCompression.None;
        if (compression == ArchiveCompression.None && TryCut(ref name, ".tgz"))
            return new ArchiveFormat(ArchiveKind.Tar, ArchiveCompression.Gzip, encrypted);
        if (TryCut(ref name, ".tar")) return new ArchiveFormat(ArchiveKind.Tar, compression, encrypted);
        if (TryCut(ref name, ".db") || TryCut(ref name, ".bak")) return new ArchiveFormat(ArchiveKind.Database, compression, encrypted);
        return TryCut(ref name, ".sql") ? new ArchiveFormat(ArchiveKind.Sql, compression, encrypted) : null;
    }

    public override string ToString() => Extension;

    private static bool TryCut(ref string name, string suffix)
    {
        // A name must be left: ".gz" alone is a hidden file.
        if (name.Length <= suffix.Length || !name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) return false;
        name = name[..^suffix.Length];
        return true;
    }
}
