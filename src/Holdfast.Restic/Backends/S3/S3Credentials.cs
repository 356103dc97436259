namespace Holdfast.Restic.Backends.S3;

/// <summary>What requests are signed with. The secret and the token are never printed.</summary>
/// <param name="AccessKeyId">Names the key; not a secret.</param>
/// <param name="SecretAccessKey">The key.</param>
/// <param name="SessionToken">Goes with temporary keys; null for others.</param>
public sealed record S3Credentials(string AccessKeyId, string SecretAccessKey, string? SessionToken = null)
{
    public override string ToString() => $"access key {AccessKeyId}";
}
