namespace Holdfast.Testing.Swift;

/// <summary>A user of the server, as S3 clients name it.</summary>
public sealed record SwiftUser(string AccessKey, string SecretKey);
