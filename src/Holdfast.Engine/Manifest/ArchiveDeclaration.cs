using Holdfast.Engine.Secrets;

namespace Holdfast.Engine.Manifest;

/// <summary>A folder of plain archives, for those who want files and not a repository.</summary>
public sealed record ArchiveDeclaration
{
    public required string Name { get; init; }

    /// <summary>Absolute.</summary>
    public required string Folder { get; init; }

    /// <summary>Which files: <c>tar.zst</c>, <c>tar.gz</c>, <c>db</c>, <c>sql</c>, <c>sql.gz</c>, each also with <c>.gpg</c>.</summary>
    public required string Format { get; init; }

    /// <summary>What the files' names begin with: <c>servers_db</c> makes <c>servers_db_20260110_012354.db.gpg</c>.</summary>
    public required string Prefix { get; init; }

    /// <summary>For formats that hold one database: which; null for the only one.</summary>
    public string? Database { get; init; }

    /// <summary>Where the passphrase of <c>.gpg</c> comes from; null for other formats.</summary>
    public PassphraseSource? Passphrase { get; init; }

    /// <summary>How many of the newest are kept; null for any number.</summary>
    public int? KeepLast { get; init; }

    /// <summary>How many days each is kept at least; null for ever or as <see cref="KeepLast"/> says.</summary>
    public int? KeepDays { get; init; }
}
