namespace Holdfast.Cli.Output;

/// <summary>What an init made. Never the passphrase: only where it stands.</summary>
internal sealed record InitDocument(
    string Repository,
    string RepositoryId,
    string? Manifest,
    string? PassphraseFile,
    string? RecoverySheet,
    IReadOnlyList<string> Warnings,
    BackupDocument? Backup);
