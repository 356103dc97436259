namespace Holdfast.Restic.Backends.S3;

/// <summary>What is being done, for messages.</summary>
/// <param name="What">Completes "cannot …".</param>
/// <param name="Permission">What a policy must allow for it.</param>
/// <param name="IsChange">Whether it changes what is stored.</param>
internal readonly record struct S3Action(string What, string Permission, bool IsChange = false);
