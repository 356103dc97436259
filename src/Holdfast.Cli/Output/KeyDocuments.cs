namespace Holdfast.Cli.Output;

/// <summary>The JSON of <c>keys list</c>.</summary>
internal sealed record KeyListDocument(IReadOnlyList<KeyDocument> Keys, IReadOnlyList<DamagedKeyDocument> Damaged);

/// <summary>One key.</summary>
internal sealed record KeyDocument(string Id, string? Created, string Username, string Hostname, bool InUse);

/// <summary>A file that is no key.</summary>
internal sealed record DamagedKeyDocument(string Id, string Message);

/// <summary>The JSON of <c>keys add</c>, <c>keys passwd</c> and <c>keys remove</c>.</summary>
internal sealed record KeyChangeDocument(string? AddedId, string? RemovedId, string? RecoverySheet, IReadOnlyList<KeyChangeOfRepositoryDocument> Repositories);

/// <summary>What <c>keys passwd</c> changed in one of the repositories that the passphrase opens.</summary>
internal sealed record KeyChangeOfRepositoryDocument(string Name, string AddedId, string? RemovedId);

/// <summary>The JSON of <c>keys check</c>.</summary>
internal sealed record KeyCheckDocument(string RepositoryId, string KeyId, string Time);
