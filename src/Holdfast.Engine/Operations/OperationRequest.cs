namespace Holdfast.Engine.Operations;

/// <summary>What an operation is to do.</summary>
/// <param name="Kind">One of <see cref="OperationKind"/>.</param>
/// <param name="Title">One line for people: "restore snapshot 1a2b3c4d of 2026-01-05 14:30".</param>
/// <param name="Json">What is needed to do it again, without secrets; null when it cannot be resumed.</param>
/// <param name="User">The name of who runs it.</param>
/// <param name="Program">The program and its version.</param>
public sealed record OperationRequest(string Kind, string Title, string? Json, string User, string Program);
